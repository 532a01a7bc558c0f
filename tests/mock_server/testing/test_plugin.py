"""The pytest plugin: a running mock for a test run, and a world of its own for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.app import create_app
from mock_server.serving import served
from mock_server.settings import Settings
from mock_server.testing.client import Admin

pytestmark = pytest.mark.slow

pytest_plugins = "pytester"

LIGHT = ("-p", "no:schemathesis", "-p", "no:faker", "-p", "no:anyio", "-p", "no:cacheprovider")
QUIET = (*LIGHT, "-p", "no:xdist")
ASKING = """
PROVIDERS = "/api-proxy/v1/admin/connector-providers"
CREDENTIAL = {"Authorization": "Bearer mock-aimable-admin"}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a test run that knows of no other mock, and starts a small one."""
    monkeypatch.delenv("MOCK_SERVER_URL", raising=False)
    pytester.makepyfile(asking=ASKING)
    pytester.makeini("[pytest]\nmock_server_options = --contract aimable")
    return pytester


def test_each_test_has_a_world_of_its_own_that_is_gone_when_it_ends(run: pytest.Pytester) -> None:
    run.makepyfile("""
        import pytest

        from asking import CREDENTIAL, PROVIDERS

        @pytest.mark.parametrize("way", ["mock_world", "mock_world_in_process"])
        @pytest.mark.parametrize("time", [1, 2])
        def test_Deletes_what_another_deleted(request, way, time):
            world = request.getfixturevalue(way)
            assert world.name.startswith("test-deletes-what-another-deleted-")
            syncs = world.collection("aimable", "syncs")
            assert syncs.count() == request.getfixturevalue("mock_admin").world("default").collection(
                "aimable", "syncs").count()
            syncs.delete(syncs.list()[0]["key"])

        def test_is_reached_by_its_client_and_by_its_headers(mock_world, mock_server_url):
            import httpx

            assert mock_world.client.get(PROVIDERS, headers=CREDENTIAL).status_code == 200
            httpx.get(mock_server_url + PROVIDERS, headers=mock_world.headers)
            httpx.get(mock_world.url + PROVIDERS)
            assert mock_world.requests.count(operation="listConnectorProviders") == 3

        def test_may_end_its_world_itself(mock_world):
            mock_world.delete()

        def test_leaves_nothing(mock_admin):
            assert [one["name"] for one in mock_admin.worlds()] == ["default"]
    """)
    run.runpytest_inprocess(*QUIET).assert_outcomes(passed=7)


def test_a_marker_says_what_a_world_begins_with(run: pytest.Pytester) -> None:
    run.makepyfile("""
        import pytest

        @pytest.mark.mock_world(scenario="empty", seed=3)
        def test_marked(mock_world_in_process):
            state = mock_world_in_process.state()
            assert (state["scenario"], state["seed"]) == ("empty", 3)

        @pytest.mark.mock_world(scene="empty")
        def test_misspelt(mock_world_in_process): ...

        @pytest.mark.mock_world(scenario="no-such-thing")
        def test_unknown(mock_world_in_process): ...
    """)
    done = run.runpytest_inprocess(*QUIET, "--strict-markers")
    done.assert_outcomes(passed=1, errors=2)
    done.stdout.fnmatch_lines(["*takes scenario=NAME and seed=NUMBER*", "*409 Conflict*first-run*"])


def test_a_failed_test_shows_what_was_asked_and_why_it_failed(run: pytest.Pytester) -> None:
    run.makepyfile("""
        import pytest

        from asking import CREDENTIAL, PROVIDERS

        @pytest.fixture
        def asked(mock_world):
            mock_world.client.get(PROVIDERS, headers=CREDENTIAL)
            mock_world.client.get(PROVIDERS + "x", headers={"Authorization": "Bearer a-canary-of-ours"})
            assert mock_world.requests.count() < 2

        def test_setup_fails(asked): ...

        def test_passes(mock_world):
            mock_world.client.get("/passed")

        def test_many(mock_world):
            for number in range(20):
                mock_world.client.get(f"/many/{number}")
            assert False

        def test_silent(mock_world):
            assert False

        def test_refused_write(mock_world):
            mock_world.client.get(PROVIDERS + "/unknown", headers=CREDENTIAL)
            mock_world.client.post(PROVIDERS + "/slack/setup", headers=CREDENTIAL, json=[])
            mock_world.client.delete(PROVIDERS + "/unknown/setup", headers=CREDENTIAL)
            assert False

        def test_statement(mock_world):
            reply = mock_world.client.get(PROVIDERS + "/unknown", headers=CREDENTIAL)
            mock_world.client.post(PROVIDERS + "/slack/setup", headers=CREDENTIAL, json=[])
            assert reply.status_code == 200
    """)
    done = run.runpytest_inprocess(*QUIET, "--tb=line")
    done.assert_outcomes(passed=1, failed=4, errors=1)
    done.stdout.fnmatch_lines(
        [
            "*- mock world test-setup-fails-* -*",
            "test-setup-fails-*.1  GET */connector-providers  200  aimable.listConnectorProviders",
            "test-setup-fails-*.2  GET *connector-providersx  404  matched nothing*",
            "*did you mean GET */connector-providers *: 'connector-providersx', not 'connector-providers'",
            "why 404 for test-setup-fails-*.2:",
            "*- mock world test-many-* -*",
            "the last 15 of 20 requests:",
            "*- mock world test-silent-* -*",
            "no requests",
            "*- mock world test-refused-write-* -*",
            "why 422 for test-refused-write-*.2:",
            "*- mock world test-statement-* -*",
            "why 404 for test-statement-*.1:",
        ]
    )
    told = done.stdout.str()
    assert "/passed" not in told
    assert "a-canary-of-ours" not in told
    assert "mock-aimable-admin" not in told


def test_the_mock_is_started_with_the_options_of_the_command_line_and_the_ini_file(
    run: pytest.Pytester,
) -> None:
    run.makeini("[pytest]\nmock_server_options = --scenario empty --contract aimable")
    run.makepyfile("""
        def test_played(mock_admin):
            told = mock_admin.health()
            print("plays", told["scenario"], *told["contracts"])
    """)
    run.runpytest_inprocess(*QUIET, "-s").stdout.fnmatch_lines(["*plays empty aimable"])
    given = run.runpytest_inprocess(*QUIET, "-s", "--mock-server-options=--scenario first-run")
    given.stdout.fnmatch_lines(["*plays first-run aimable *patchworks"])
    wrong = run.runpytest_inprocess(*QUIET, "--mock-server-options=--scenary empty")
    wrong.stdout.fnmatch_lines(["*mock_server_options: No such option*--scenary*"])


def test_settings_can_be_given_as_a_fixture(run: pytest.Pytester) -> None:
    run.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def mock_server_settings():
            from mock_server.settings import Settings

            return Settings(contracts=("hydracore",), admin_token="of-the-tests")
    """)
    run.makepyfile("""
        def test_played(mock_world, mock_world_in_process):
            assert mock_world.admin.health()["contracts"] == ["hydracore"]
            assert mock_world_in_process.admin.health()["contracts"] == ["hydracore"]
    """)
    run.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)


CROWD = """
    from pathlib import Path

    import pytest

    @pytest.mark.parametrize("number", range(8))
    def test_crowd(mock_world, mock_server_url, worker_id, number):
        syncs = mock_world.collection("aimable", "syncs")
        before = syncs.count()
        assert mock_world.state()["requests"] == 0
        syncs.delete(syncs.list()[0]["key"])
        mock_world.client.get("/once")
        assert (syncs.count(), mock_world.requests.count()) == (before - 1, 1)
        with Path(__file__).with_name("seen").open("a") as seen:
            seen.write(f"{worker_id} {mock_server_url}\\n")
"""


def seen(run: pytest.Pytester) -> set[tuple[str, ...]]:
    return {tuple(line.split()) for line in (run.path / "seen").read_text().splitlines()}


def test_each_worker_of_xdist_has_a_server_of_its_own(run: pytest.Pytester) -> None:
    run.makepyfile(CROWD)
    run.runpytest_inprocess(*LIGHT, "-n2").assert_outcomes(passed=8)
    assert {worker for worker, _ in seen(run)} == {"gw0", "gw1"}
    assert len({url for _, url in seen(run)}) == 2


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A mock that somebody else has started."""
    with served(create_app(Settings(contracts=("aimable",)))) as url:
        yield url


def test_workers_share_a_mock_that_runs_already_without_seeing_each_other(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    monkeypatch.setenv("MOCK_SERVER_URL", elsewhere)
    run.makepyfile(CROWD)
    run.runpytest_inprocess(*LIGHT, "-n2").assert_outcomes(passed=8)
    assert seen(run) == {("gw0", elsewhere), ("gw1", elsewhere)}
    with Admin(elsewhere) as admin:
        assert [one["name"] for one in admin.worlds()] == ["default"]


def test_without_a_fixture_nothing_is_imported_or_started(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n\ndef test_light():\n"
        "    loaded = {name for name in sys.modules if name.startswith('mock_server')}\n"
        "    assert loaded == {'mock_server', 'mock_server.testing', 'mock_server.testing.plugin'}\n"
        "    assert not {'httpx', 'flask', 'click'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    line = [sys.executable, "-m", "pytest", *QUIET, "-p", "no:hypothesispytest", "test_light.py"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout
