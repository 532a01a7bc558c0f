"""Files that were not written to be read: the check ends soon, with problems and without an exception."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from contract_tests.spec_check.checker import check
from contract_tests.spec_check.patterns import PatternError, foreign_part, matches, pattern_error
from tests.spec_check_faults.planted import BASES

HEAD = 'openapi: 3.1.0\ninfo: {title: t, version: "1"}\npaths: {}\n'


def _rules(path: Path, content: str | bytes) -> list[str]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [problem.rule for problem in check([path]) if problem.rule != "unused-component"]


def _schema(**keywords: Any) -> str:
    return HEAD + json.dumps({"schemas": {"A": keywords}}).join(("components: ", "\n"))


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "^(a|a)*$", "^(?=(a+)+$)(a|aa)+\\1$", "^([a-z]+)*\\d$", "(?=(a+)+b)(a+)+c"],
)
def test_no_expression_takes_long(tmp_path: Path, pattern: str) -> None:
    text = _schema(type="string", pattern=pattern, example="a" * 5000 + "!")
    assert set(_rules(tmp_path / "a.yaml", text)) <= {"example", "pattern-cost"}


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        (r"^\p{L}+$", "Ümläut", True),
        (r"^\p{Script=Greek}$", "\u03b1", True),
        (r"^(?<year>\d{4})-\k<year>$", "2024-2024", True),
        (r"^(?<year>\d{4})-\k<year>$", "2024-2025", False),
        (r"^(x)(?<n>y)\k<n>$", "xyy", True),
        (r"^\d+$", "٣", False),
        (r"^a$", "a\n", False),
        (r"^[^]$", "\n", True),
        (r"^(?!admin)\w+$", "admin1", False),
        (r"(?<=a)b", "ab", True),
        (r"^\/a\-b$", "/a-b", True),
        (r"^\cJ$", "\n", True),
        (r".", "\ud800", True),
    ],
)
def test_expressions_are_those_of_ecma_262(pattern: str, text: str, is_match: bool) -> None:
    assert matches(pattern, text) is is_match


@pytest.mark.parametrize("pattern", ["[a-z", "(a", "a{2,1}", "*a", r"\p{Nothing}", "a" * 1_000_000])
def test_a_text_that_is_no_expression_is_refused(pattern: str) -> None:
    assert pattern_error(pattern)
    with pytest.raises(PatternError):
        matches(pattern, "a")


@pytest.mark.parametrize("pattern", ["(?i)a", "(?P<n>a)", r"\Aa\z", "[[:alpha:]]+", "a++", "(?>a)", "a(?#x)"])
def test_what_other_dialects_have_is_reported(pattern: str) -> None:
    assert foreign_part(pattern)


@pytest.mark.parametrize(
    "pattern", [r"\p{L}+", r"\+\+", "[*+]+", r"\\A", "(?<n>a)", "(?:a)", "a+?", r"\d{2}"]
)
def test_what_ecma_262_has_is_not_foreign(pattern: str) -> None:
    assert foreign_part(pattern) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_encodings_of_json_are_read(tmp_path: Path, encoding: str) -> None:
    assert _rules(tmp_path / "a.yaml", HEAD.replace("title: t", "title: é").encode(encoding)) == []


@pytest.mark.parametrize("title", [r"\ud83d\ude00", r"\\ud83d"])
def test_escapes_of_json_are_read(tmp_path: Path, title: str) -> None:
    text = f'{{"openapi": "3.1.0", "info": {{"title": "{title}", "version": "1"}}, "paths": {{}}}}'
    assert _rules(tmp_path / "a.json", text) == []


def test_three_hundred_levels_are_checked(tmp_path: Path) -> None:
    schema: dict[str, Any] = {"type": "strin"}
    for _ in range(300):
        schema = {"type": "object", "properties": {"a": schema}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"A": schema}},
    }
    assert sorted(_rules(tmp_path / "a.json", json.dumps(document))) == ["not-checked", "schema"]


def test_schemas_that_double_at_each_step_are_given_up(tmp_path: Path) -> None:
    doubled = {
        f"S{number}": {"allOf": [{"$ref": f"#/components/schemas/S{number - 1}"}] * 2, "example": "a"}
        for number in range(1, 40)
    }
    components = {"schemas": {"S0": {"type": "string"}, **doubled}}
    rules = _rules(tmp_path / "a.yaml", f"{HEAD}components: {json.dumps(components)}\n")
    assert set(rules) == {"not-checked"}


@pytest.mark.parametrize(
    ("schemas", "pointers"),
    [
        ({"A": {"minItems": 5001, "items": {}}}, ["A"]),
        ({"A": {"minItems": 4000}}, []),
        ({"A": {"required": ["a"], "properties": {"a": {"minLength": 600_000}}}}, ["A/properties/a"]),
        ({"A": {"properties": {"a": {"minLength": 600_000}}}}, []),
        ({"A": {"anyOf": [{"minLength": 600_000}, {"type": "null"}]}}, []),
        ({"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}}, []),
        ({"A": {"$ref": "#/components/schemas/B"}, "B": {"minProperties": 10**30}}, ["B"]),
    ],
)
def test_the_innermost_schema_that_is_too_large_is_named(
    tmp_path: Path, schemas: dict[str, Any], pointers: list[str]
) -> None:
    own = tmp_path / "a.json"
    head = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}
    own.write_text(json.dumps({**head, "components": {"schemas": schemas}}))
    found = [problem.pointer for problem in check([own]) if problem.rule == "too-large"]
    assert found == [f"/components/schemas/{pointer}" for pointer in pointers]


def test_a_schema_that_combines_too_many_others_is_not_checked(tmp_path: Path) -> None:
    named = _schema(oneOf=[{"const": number} for number in range(2_001)])
    assert _rules(tmp_path / "a.yaml", named) == ["not-checked"]
    alone = named.replace("components: {", "x: {").replace(
        "paths: {}", "paths: {/a: {get: {responses: PLACE}}}"
    )
    schema = named.partition('"A": ')[2].rpartition("}}")[0]
    answer = f"{{'200': {{description: a, content: {{application/json: {{schema: {schema}}}}}}}}}"
    assert "too-large" in _rules(tmp_path / "a.yaml", alone.replace("PLACE", answer))


def test_a_long_enum_is_checked_at_once(tmp_path: Path) -> None:
    begun = time.process_time()
    assert _rules(tmp_path / "a.json", _schema(enum=[*range(20_000), 1, True])) == ["enum-type"]
    assert time.process_time() - begun < 5


def test_references_in_a_circle_are_a_fault(tmp_path: Path) -> None:
    text = (
        "components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n"
    )
    assert "reference" in _rules(tmp_path / "a.yaml", HEAD + text)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null\n",
        "7\n",
        "openapi: 3.1.0\nx: &a [*a]\n",
        "openapi: 3.1.0\nx: !!python/object:os.system {}\n",
        "openapi: 3.1.0\x00\n",
        '{"openapi": "3.1.0", "a": ' + "[" * 20_000 + "]" * 20_000 + "}",
        "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{'*a' + str(n) + ', '}*a{n}]\n" for n in range(40)),
        bytes(range(128, 256)),
        '{"openapi": "3.1.0", "info": {"title": "\\ud83d", "version": "1"}, "paths": {}}',
    ],
)
def test_what_is_no_document_is_one_fault(tmp_path: Path, content: str | bytes) -> None:
    assert set(_rules(tmp_path / "a.yaml", content)) <= {"unreadable", "unknown-document"}


def test_references_stay_below_the_root_and_open_regular_files_alone(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("password: hunter2\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.yaml").symlink_to(secret)
    os.mkfifo(root / "fifo")
    (root / "folder").mkdir()
    names = ("../secret.yaml", "link.yaml", str(secret), "fifo", "folder", "missing.yaml", "/dev/zero")
    schemas = {f"S{number}": {"$ref": name} for number, name in enumerate(names)}
    own = root / "a.yaml"
    own.write_text(f"{HEAD}components: {json.dumps({'schemas': schemas})}\n")
    found = [problem for problem in check([own]) if problem.rule == "reference"]
    assert len(found) == len(names)
    assert "hunter2" not in "".join(problem.message for problem in found)
    wider = [problem for problem in check([own], ref_root=tmp_path) if problem.rule == "reference"]
    assert len(wider) == len(names) - 3


_VALUES: list[Any] = [None, 5, "x", True, [], {}, [None], [[]], {"$ref": 5}, {"$ref": "#/paths"}, {"a": None}]


@pytest.mark.parametrize("seed", range(40))
def test_a_document_with_values_of_any_type_is_checked(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    from contract_tests.openapi.yaml_file import read_yaml

    document = read_yaml(BASES / ("shop.yaml" if seed % 2 else "clinic.yaml"))
    for _ in range(3):
        holders = list(_holders(document))
        holder, key = chance.choice(holders)
        holder[key] = chance.choice(_VALUES)
    own = tmp_path / "a.json"
    own.write_text(json.dumps(document))
    check([own])


def _holders(value: Any) -> list[tuple[Any, Any]]:
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    return [(value, key) for key in keys] + [each for key in keys for each in _holders(value[key])]
