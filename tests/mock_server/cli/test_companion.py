"""A command beside the server: started when it answers, its exit code handed on, its end the server's."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SERVER = [sys.executable, "-m", "mock_server", "--port", "0"]
ASKS_HEALTH = """
import os, urllib.request
print(urllib.request.urlopen(os.environ["MOCK_SERVER_URL"] + "/__admin/health").status)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SERVER, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_command_finds_a_server_that_answers_and_its_end_is_the_servers() -> None:
    done = run("--", sys.executable, "-c", ASKS_HEALTH)
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("200")


def test_the_exit_code_of_the_command_is_handed_on() -> None:
    assert run("--", sys.executable, "-c", "raise SystemExit(7)").returncode == 7


def test_a_command_that_does_not_exist_is_named() -> None:
    done = run("--", "no-such-command-anywhere")
    assert done.returncode == 2
    assert "no-such-command-anywhere: cannot be started" in done.stderr
    assert "Traceback" not in done.stderr


JUDGES = """
import json, os, sys, time, tomllib, urllib.request
from pathlib import Path
while not Path(sys.argv[1]).exists():
    time.sleep(0.01)
target = tomllib.loads(Path(sys.argv[1]).read_text())["contracts"]["fastapi_platform"]
urllib.request.urlopen(target["base_url"] + "/v1/admin/connector-providers").read()
admin = os.environ["MOCK_SERVER_URL"] + "/__admin/worlds/"
counts = [json.load(urllib.request.urlopen(admin + world + "/requests/count"))["count"]
          for world in ("default", "contract-tests")]
print(json.dumps({"base_url": target["base_url"], "server": os.environ["MOCK_SERVER_URL"], "counts": counts}))
"""


def test_the_target_file_names_the_address_the_server_got_and_a_world_of_its_own(tmp_path: Path) -> None:
    written = tmp_path / "target.toml"
    done = run("--target-file", str(written), "--", sys.executable, "-c", JUDGES, str(written))
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["base_url"] == f"{told['server']}/~contract-tests"
    assert told["counts"] == [0, 1]


def test_a_target_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    done = run("--target-file", str(tmp_path / "nowhere" / "target.toml"), "--", sys.executable, "-c", "")
    assert done.returncode == 2
    assert "--target-file" in done.stderr


def test_a_server_that_goes_on_says_where_and_how_it_is_stopped() -> None:
    with subprocess.Popen(
        [*SERVER, "--quiet", "--keep", "--", sys.executable, "-c", "raise SystemExit(3)"],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(5)]
        server.terminate()
    address = lines[0].split()[-1]
    assert lines[0] == f"mock-server is ready at {address}\n"
    assert f"{sys.executable} has ended with exit code 3.\n" in lines
    assert f"mock-server still serves at {address}, its console at {address}/__admin/\n" in lines
    assert lines[-1] == "Stop it with Ctrl-C.\n"
