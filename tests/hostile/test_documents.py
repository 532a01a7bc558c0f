"""Hostile documents through the commands that users run: both end soon, in a sentence, and agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

_SECONDS = 60
"""What a command may take on a busy machine; alone each takes one or two."""


def _nested(levels: int) -> str:
    schema = "{type: object, required: [a], properties: {a: " * levels
    return schema + "{type: string}" + "}}" * levels


def _doubled(combine: str) -> str:
    below = (f"{{$ref: '#/components/schemas/S{number}'}}" for number in range(40))
    lines = [f"S{number}: {combine.replace('S', ref)}" for number, ref in enumerate(below, 1)]
    return "{$ref: '#/components/schemas/S40'}\n    S0: {type: string}\n    " + "\n    ".join(lines)


_NINES = "9" * 5000
_BOMB = (
    "{enum: [&a0 [a, a]" + "".join(f", &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)) + "]}"
)
_PATTERN = "{type: string, pattern: '^(a+)+$', example: " + "a" * 40 + "!}"

REFUSED = {
    "minItems": ("{type: array, minItems: 2000000000, items: {}}", "the smallest value", "too-large"),
    "minLength": ("{type: string, minLength: 2000000000}", "the smallest value", "too-large"),
    "minProperties": ("{type: object, minProperties: 2000000000}", "the smallest value", "too-large"),
    "members": (_doubled("{required: [a, b], properties: {a: S, b: S}}"), "the smallest value", "too-large"),
    "digits": (f"{{type: integer, maximum: {_NINES}}}", "number is malformed or too large", "unreadable"),
    "bomb": (_BOMB, "1,000,000", "unreadable"),
    "own alias": ("&a {allOf: [*a]}", "alias", "unreadable"),
    "5,000 levels": (_nested(5000), "nest", "unreadable"),
}
"""A schema that is refused, what both commands say of it, and the rule of `spec check`."""

SERVED = {
    "300 levels": (_nested(300), "schemas nested deeper than 64 levels are not checked", "not-checked"),
    "device": ("{$ref: /dev/zero}", "lies outside", "reference"),
    "device above": ("{$ref: '../../../../../../dev/zero#/a'}", "lies outside", "reference"),
    "doubled": (_doubled("{anyOf: [S, S]}"), "others; values are not checked", "not-checked"),
    "doubled in a member": (
        _doubled("{required: [a], properties: {a: {oneOf: [S, S]}}}"),
        "others; values are not checked",
        "not-checked",
    ),
    "pattern": (_PATTERN, "", "example"),
}
"""A schema that is served, what both commands say of it, and the rule of `spec check`."""


def _document(folder: Path, schema: str) -> Path:
    schema_of_answer = "{type: array, items: {$ref: '#/components/schemas/A'}}"
    answer = f"{{description: ok, content: {{application/json: {{schema: {schema_of_answer}}}}}}}"
    path = folder / "hostile.yaml"
    path.write_text(
        "openapi: 3.0.3\n"
        "info: {title: Hostile, version: '1'}\n"
        f"paths: {{/things: {{get: {{operationId: listThings, responses: {{'200': {answer}}}}}}}}}\n"
        f"components:\n  schemas:\n    A: {schema}\n"
    )
    return path


def _checked(path: Path, rule: str) -> str:
    """The messages of a rule of `spec check`."""
    command = [sys.executable, "-m", "contract_tests", "spec", "check", "--format", "json", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert "Traceback" not in ended.stdout + ended.stderr
    found = json.loads(ended.stdout)["problems"]
    assert ended.returncode == any(problem["severity"] == "fault" for problem in found)
    assert rule in {problem["rule"] for problem in found}
    return "\n".join(problem["message"] for problem in found if problem["rule"] == rule)


def _mock(path: Path) -> list[str]:
    return [sys.executable, "-m", "mock_server", "--spec", str(path), "--port", "0"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_mock_refuses_is_a_fault(name: str, tmp_path: Path) -> None:
    schema, message, rule = REFUSED[name]
    path = _document(tmp_path, schema)
    ended = subprocess.run(_mock(path), capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert ended.stderr.startswith(f"mock-server: {path}:")
    assert "Traceback" not in ended.stderr
    assert message in _checked(path, rule)


@pytest.mark.parametrize("name", SERVED)
def test_what_is_served_has_a_small_answer_and_the_same_warning(name: str, tmp_path: Path) -> None:
    schema, message, rule = SERVED[name]
    path = _document(tmp_path, schema)
    assert message in _checked(path, rule)
    log = tmp_path / "log"
    with (
        log.open("w") as output,
        subprocess.Popen(_mock(path), stdout=subprocess.PIPE, stderr=output, text=True) as mock,
    ):
        try:
            assert mock.stdout is not None
            address = next(iter(re.findall(r"http://\S+", mock.stdout.readline())))
            with urlopen(f"{address}/things", timeout=_SECONDS) as answered:  # noqa: S310
                body = answered.read()
        finally:
            mock.terminate()
    assert isinstance(json.loads(body), list)
    assert len(body) < 100_000
    assert message in log.read_text()
    assert "Traceback" not in log.read_text()
