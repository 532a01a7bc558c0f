"""The pytest plugin, in a pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[1]
APPLICATION = f"""
import importlib.util

spec = importlib.util.spec_from_file_location("shelf_conftest", {str(HERE / "conftest.py")!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
application = module.ShelfApp(*FAULTS)
"""
TARGET = f"""
[contracts.shelf]
base_url = "http://shelf.test/api"
wsgi = "shelf_on_trial:application"
spec = "{HERE / "shelf.yaml"}"
credentials.writer = {{scheme = "bearer", value = "token-of-the-writer", roles = ["write"]}}
known = {{shelf = "one", book_id = "a3d5b6c4-0000-4000-8000-000000000001"}}
"""


def pytest_in(
    folder: Path, *arguments: str, defects: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    (folder / "shelf_on_trial.py").write_text(f"FAULTS = {defects!r}\n{APPLICATION}", encoding="utf-8")
    (folder / "target.toml").write_text(TARGET, encoding="utf-8")
    line = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_each_requirement_is_a_test_named_by_its_id(tmp_path: Path) -> None:
    done = pytest_in(tmp_path, "--contract-target", "target.toml", "-v", "-k", "listBooks")
    assert done.returncode == 0, done.stdout
    assert "target.toml::shelf.listBooks." in done.stdout


def test_violation_is_a_failure_with_the_details_of_the_report(tmp_path: Path) -> None:
    done = pytest_in(tmp_path, "--contract-target", "target.toml", "-k", "listBooks", defects=("bad-time",))
    assert done.returncode == 1
    assert "expected:" in done.stdout
    assert "$SHELF_WRITER" in done.stdout
    assert "token-of-the-writer" not in done.stdout
    assert "items.py" not in done.stdout


def test_known_faults_are_skipped_and_mended_ones_announced(tmp_path: Path) -> None:
    (tmp_path / "known.toml").write_text(
        '[[known]]\nrequirement = "shelf.listBooks.schema.body"\nreason = "old times"\nowner = "Ann"\n'
        '[[known]]\nrequirement = "shelf.listBooks.schema.status"\nreason = "was wrong"\n',
        encoding="utf-8",
    )
    arguments = ["--contract-target", "target.toml", "--contract-baseline", "known.toml", "-rs"]
    done = pytest_in(tmp_path, *arguments, "-k", "listBooks or conclusion", defects=("bad-time",))

    assert "known: old times, Ann" in done.stdout
    assert "mended: shelf.listBooks.schema.status is kept now" in done.stdout
    assert "FAILED target.toml::shelf.listBooks.schema.body" not in done.stdout


def test_excluded_requirements_are_no_tests(tmp_path: Path) -> None:
    arguments = ["--contract-target", "target.toml", "--collect-only", "-q"]
    done = pytest_in(tmp_path, *arguments, "--contract-exclude", "shelf.listBooks.*")
    assert "shelf.getBook." in done.stdout
    assert "shelf.listBooks." not in done.stdout

    wrong = pytest_in(tmp_path, *arguments, "--contract-exclude", "shelf.nothing.*")
    assert "unknown requirement 'shelf.nothing.*'" in wrong.stdout


def test_without_the_option_nothing_heavy_is_imported(tmp_path: Path) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n\n\ndef test_light():\n"
        "    loaded = {name for name in sys.modules if name.startswith('contract_tests')}\n"
        "    rooms = {'contract_tests', 'contract_tests.pytest_plugin', 'contract_tests.requirements'}\n"
        "    modules = {'contract_tests.pytest_plugin.plugin', 'contract_tests.requirements.profiles'}\n"
        "    assert loaded <= rooms | modules\n"
        "    assert not {'httpx', 'hypothesis', 'pydantic'} & set(sys.modules)\n",
        encoding="utf-8",
    )
    done = pytest_in(tmp_path, "-p", "no:hypothesispytest", "test_light.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["nothing.toml", "."])
def test_missing_target_is_a_usage_error(tmp_path: Path, name: str) -> None:
    done = pytest_in(tmp_path, "--contract-target", name)
    assert done.returncode == 4
    assert f"--contract-target: {name} does not exist or is a folder" in done.stderr


def test_target_that_does_not_answer_is_one_error_and_the_rest_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(
        TARGET.replace('wsgi = "shelf_on_trial:application"\n', "").replace(
            "http://shelf.test", "http://127.0.0.1:1"
        ),
        encoding="utf-8",
    )
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n", encoding="utf-8")
    line = [sys.executable, "-m", "pytest", "-p", "no:schemathesis", "-p", "no:cacheprovider", "-q"]
    command = [*line, "--contract-target", "target.toml", "test_mine.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "1 passed" in done.stdout
    assert "1 error" in done.stdout
    assert "the target does not answer: GET /shelves/one/books: ConnectError" in done.stdout


def test_contract_of_which_nothing_is_concluded_is_a_failure(tmp_path: Path) -> None:
    chosen = "listBooks.authorization or conclusion"
    done = pytest_in(tmp_path, "--contract-target", "target.toml", "-k", chosen)
    assert done.returncode == 1
    assert "not enough concluded: nothing of shelf could be concluded" in done.stdout


def test_leftover_record_is_a_failure(tmp_path: Path) -> None:
    chosen = "createBook.examples or conclusion"
    done = pytest_in(tmp_path, "--contract-target", "target.toml", "-k", chosen, defects=("delete-refused",))
    assert done.returncode == 1
    assert "could not be deleted, the first is /shelves/one/books/" in done.stdout
