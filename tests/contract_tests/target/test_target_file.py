"""A target file is read strictly."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from contract_tests.evidence.citations import Framework
from contract_tests.target.target_file import Target, TargetError

SPEC = Path(__file__).parents[1] / "shelf.yaml"
GOOD = f"""
[contracts.shelf]
base_url = "http://127.0.0.1:1/api"
spec = "{SPEC}"
[contracts.shelf.credentials.writer]
scheme = "bearer"
value = "token"
"""


def _load(folder: Path, text: str) -> Target:
    file = folder / "target.toml"
    file.write_text(text, encoding="utf-8")
    return Target.load(file)


def _with(line: str) -> str:
    return GOOD.replace("[contracts.shelf.credentials", f"{line}\n[contracts.shelf.credentials")


@pytest.mark.parametrize(("version", "versions"), [('"11"', ("11",)), ('["10.2", "11"]', ("10.2", "11"))])
def test_a_framework_has_one_version_or_several(
    version: str, versions: tuple[str, ...], tmp_path: Path
) -> None:
    target = _load(tmp_path, _with(f'framework = "laravel"\nframework_version = {version}'))

    assert target.frameworks == {"shelf": Framework("laravel", versions)}


def test_a_complete_file_is_read(tmp_path: Path) -> None:
    target = _load(tmp_path, GOOD)

    assert target.contracts["shelf"].credentials["writer"].secret == "token"
    assert target.contract("shelf").operation("getBook").path == "/shelves/{shelf}/books/{book_id}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[contracts.shelf]\n", "contracts.shelf: give base_url, or wsgi"),
        (
            GOOD.replace("base_url", "base_uri"),
            "contracts.shelf.base_uri: unknown field; allowed are base_url",
        ),
        (
            GOOD.replace('"bearer"', '"basic"'),
            "contracts.shelf.credentials.writer.scheme: 'basic': not one of bearer",
        ),
        (GOOD + 'env = "X"\n', "credentials.writer: give exactly one of value, env, command and oauth2"),
        (
            GOOD + "[contracts.shelf.bodies]\nmakeBook = 1\n",
            "contracts.shelf.bodies.makeBook: not one of listBooks",
        ),
        (GOOD.replace("spec =", "# spec ="), "contracts.shelf: not a contract of ours (aimable"),
        ("contracts = ", "target.toml: "),
        (_with('framework = "laravel"'), "contracts.shelf: give framework and framework_version together"),
        (_with('framework_version = "11"'), "contracts.shelf: give framework and framework_version together"),
        (_with('framework = "rails"'), "contracts.shelf.framework: Input should be 'fastapi' or 'laravel'"),
        (_with('framework = "laravel"\nframework_version = "^11"'), "contracts.shelf.framework_version.0: "),
    ],
)
def test_a_wrong_file_is_refused_with_field_and_allowed_values(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as refused:
        _load(tmp_path, text)

    assert said in str(refused.value)


def test_a_credential_comes_from_the_environment_or_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELF_TOKEN", "from-env")
    by_env = _load(tmp_path, GOOD.replace('value = "token"', 'env = "SHELF_TOKEN"'))
    command = f'command = ["{sys.executable}", "-c", "print(42)"]'
    by_command = _load(tmp_path, GOOD.replace('value = "token"', command))

    assert by_env.contracts["shelf"].credentials["writer"].secret == "from-env"
    assert by_command.contracts["shelf"].credentials["writer"].secret == "42"
