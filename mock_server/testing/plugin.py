"""The pytest plugin: a running mock server for a test session, and a new world for each test.

It is loaded in every pytest run of an environment with this package, so it imports modules of this package
only when a test uses a fixture.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from mock_server.settings import Settings
    from mock_server.testing.client import Admin
    from mock_server.testing.world import MockWorld

_WORLDS = pytest.StashKey["list[MockWorld]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, which affect tests that use a mock server."""
    group = parser.getgroup("mock_server", "mock server")
    group.addoption(
        "--mock-server-url",
        metavar="URL",
        default=os.environ.get("MOCK_SERVER_URL"),
        help="use the mock server at this URL instead of starting one (default: $MOCK_SERVER_URL)",
    )
    group.addoption(
        "--mock-server-options",
        metavar="WORDS",
        help="options of the command mock-server for the mock server that is started; also an ini setting",
    )
    parser.addini("mock_server_options", type="args", default=[], help="options of the command mock-server")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "mock_world(scenario=NAME, seed=NUMBER): initial state of the test's world",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests in its worlds to the report of a failed test."""
    report = yield
    worlds = item.stash.get(_WORLDS, [])
    if report.failed and worlds:
        from mock_server.testing.report import section

        failing = _exchanges_in(call.excinfo) if call.excinfo is not None else []
        report.sections += [section(world, failing) for world in worlds]
    return report


def _exchanges_in(failure: pytest.ExceptionInfo[BaseException]) -> list[str]:
    """The ids of the exchanges that a failure is about: of responses that an exception carries, or that the
    variables of the failing statement hold, the innermost first."""
    responses: list[Any] = []
    exception: BaseException | None = failure.value
    while exception is not None:
        responses.append(getattr(exception, "response", None))
        exception = exception.__cause__ or exception.__context__
    for entry in reversed(failure.traceback):
        names = re.findall(r"\w+", str(entry.statement))
        responses += [entry.locals[name] for name in names if name in entry.locals]
    return list(dict.fromkeys(filter(None, map(_exchange_id, responses))))


def _exchange_id(value: Any) -> str | None:
    """The id of the exchange in the headers of a response, of whatever library; None for anything else."""
    headers = getattr(value, "headers", None)
    found = headers.get("X-Mock-Request-Id") if isinstance(headers, Mapping) else None
    return found if isinstance(found, str) else None


@pytest.fixture(scope="session")
def mock_server_settings(pytestconfig: pytest.Config) -> Settings:
    """The settings of the mock server. Override this fixture, or set `mock_server_options`."""
    import click

    from mock_server.cli import settings_of

    given = pytestconfig.getoption("--mock-server-options")
    words = pytestconfig.getini("mock_server_options") if given is None else shlex.split(given)
    try:
        return settings_of(words)
    except click.ClickException as error:
        raise pytest.UsageError(f"mock_server_options: {error.format_message()}") from None


@pytest.fixture(scope="session")
def mock_server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a running mock server: one for each process of the test run, on a free port."""
    given = request.config.getoption("--mock-server-url")
    if given:
        yield given.rstrip("/")
        return
    from mock_server.app import create_app
    from mock_server.serving import served

    with served(create_app(request.getfixturevalue("mock_server_settings"))) as url:
        yield url


@pytest.fixture(scope="session")
def mock_admin(mock_server_url: str, mock_server_settings: Settings) -> Iterator[Admin]:
    """The admin API of the running mock server."""
    from mock_server.testing.client import Admin

    with Admin(mock_server_url, token=mock_server_settings.admin_token) as admin:
        yield admin


@pytest.fixture
def mock_world(request: pytest.FixtureRequest, mock_admin: Admin) -> Iterator[MockWorld]:
    """A new world of the running mock server, deleted after the test."""
    yield from _world(request, mock_admin, None)


@pytest.fixture(scope="session")
def mock_server_transport(mock_server_settings: Settings) -> httpx.WSGITransport:
    """A transport for httpx clients to a mock server in this process, at http://localhost."""
    from mock_server.app import create_app
    from mock_server.testing.in_process import transport

    return transport(create_app(mock_server_settings))


@pytest.fixture
def mock_world_in_process(
    request: pytest.FixtureRequest,
    mock_server_transport: httpx.WSGITransport,
    mock_server_settings: Settings,
) -> Iterator[MockWorld]:
    """A new world of a mock server in this process, without a socket or thread; deleted after the test."""
    from mock_server.testing.client import Admin
    from mock_server.testing.in_process import BASE_URL

    token = mock_server_settings.admin_token
    with Admin(BASE_URL, token=token, transport=mock_server_transport) as admin:
        yield from _world(request, admin, mock_server_transport)


def _world(
    request: pytest.FixtureRequest, admin: Admin, transport: httpx.WSGITransport | None
) -> Iterator[MockWorld]:
    from mock_server.testing.world import MockWorld, fresh_name

    name = fresh_name(request.node.name)
    admin.create(name, **_begins_with(request.node))
    world = MockWorld(admin, name, transport=transport)
    worlds = request.node.stash.setdefault(_WORLDS, [])
    worlds.append(world)
    yield world
    worlds.remove(world)
    world.end()


def _begins_with(node: pytest.Item) -> dict[str, Any]:
    """The arguments of a test's marker, scenario and seed. Raises UsageError for any others."""
    marker = node.get_closest_marker("mock_world")
    if marker is None:
        return {}
    if marker.args or marker.kwargs.keys() - {"scenario", "seed"}:
        raise pytest.UsageError("@pytest.mark.mock_world takes scenario=NAME and seed=NUMBER")
    return dict(marker.kwargs)
