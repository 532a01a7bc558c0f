"""What `contract-tests spec check` does: tell what each file is, and gather the problems every rule finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator
from referencing.exceptions import Unresolvable

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.file_set import FileSet
from contract_tests.openapi.yaml_file import UnreadableError, YamlFile
from contract_tests.spec_check import citing
from contract_tests.spec_check.examples import example_problems
from contract_tests.spec_check.operations import operation_problems
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.rules import Severity
from contract_tests.spec_check.rules import severities as usual_severities
from contract_tests.spec_check.schemas import schema_problems, unused_problems
from contract_tests.spec_check.sizes import size_problems
from contract_tests.spec_check.spec import Spec
from contract_tests.spec_check.structure import broken_schemas, structure_problems, violations
from contract_tests.spec_check.workflows import workflow_problems

Kind = Literal["spec", "workflows", "behaviour", "facts", "decisions", "schema"]


_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)


@dataclass(frozen=True)
class Document:
    """One file, what it is (None: nothing we know), and the facts and decisions beside it, if any.

    spec: the document with the files it refers to, of an OpenAPI file.
    """

    file: YamlFile
    kind: Kind | None
    citations: Citations | None
    spec: Spec | None


def check(
    paths: Iterable[Path],
    *,
    ref_root: Path | None = None,
    severities: Mapping[str, Severity] | None = None,
) -> list[SpecProblem]:
    """Every problem of the given files, sorted by file and line, but for those of rules that are off.

    A folder stands for all YAML and JSON files below it; only then is it also asked which facts and decisions
    nobody cites. A file without citations owes none, unless the facts beside it are about it. A file that is
    not YAML, or none of the kinds that are checked, is a problem, too. ref_root: the folder that references
    must not leave (default: that of `default_ref_root`). severities: of each rule (default: the usual ones).
    Raises UnreadableError for a file that does not exist, and for an empty folder.
    """
    problems: set[SpecProblem] = set()
    beside: dict[Path, Citations | None] = {}
    for path in paths:
        files = _files(path) if path.is_dir() else [path]
        if not files:
            raise UnreadableError(path, "the folder holds no YAML or JSON file")
        documents: list[Document] = []
        for found in files:
            try:
                documents.append(_document(found, beside, ref_root))
            except UnreadableError as error:
                if not found.exists():
                    raise
                problems.add(SpecProblem(error.path, error.line, 1, "", "unreadable", error.reason))
        read = {each.path.resolve() for document in documents for each in _parts(document)}
        for document in documents:
            is_part = document.kind is None and document.file.path.resolve() in read
            problems.update(() if is_part else _document_problems(document))
        if path.is_dir():
            problems.update(_folder_problems(documents))
    chosen = severities or usual_severities()
    return sorted(problem for problem in problems if chosen[problem.rule] is not Severity.OFF)


def _document(path: Path, beside: dict[Path, Citations | None], ref_root: Path | None) -> Document:
    files = FileSet(path, ref_root)
    above = (path.resolve().parent, path.resolve().parent.parent)
    folder = next((folder for folder in above if (folder / "sources").is_dir()), None)
    if folder is not None and folder not in beside:
        beside[folder] = _citations(folder)
    kind = _kind(path, files.main.value)
    return Document(
        files.main,
        kind,
        beside[folder] if folder is not None else None,
        Spec(files) if kind == "spec" else None,
    )


def _parts(document: Document) -> tuple[YamlFile, ...]:
    """The further files that an OpenAPI document refers to."""
    if document.spec is None:
        return ()
    _ = document.spec.references  # reading them reads the files
    return document.spec.files.files[1:]


def _citations(folder: Path) -> Citations | None:
    """The citations of a folder; None when one of its files is malformed, which is a problem of that file."""
    try:
        for kind in ("sources", "decisions"):
            for path in (folder / kind).glob("*.yaml"):
                if not _validator(kind).is_valid(YamlFile.read(path).value):
                    return None
        return Citations.load(folder)
    except UnreadableError:
        return None


def _kind(path: Path, value: Any) -> Kind | None:
    if path.name.endswith(".schema.json"):
        return "schema"
    if path.name.endswith((".behaviour.yaml", ".behaviour.yml", ".behaviour.json")):
        return "behaviour"
    members = set(value) if isinstance(value, dict) else set()
    marks: dict[str, Kind] = {
        "openapi": "spec",
        "swagger": "spec",
        "arazzo": "workflows",
        "facts": "facts",
        "decisions": "decisions",
    }
    return next((kind for mark, kind in marks.items() if mark in members), None)


def _files(folder: Path) -> list[Path]:
    found = (path for pattern in ("*.yaml", "*.yml", "*.json") for path in folder.rglob(pattern))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def _document_problems(document: Document) -> Iterator[SpecProblem]:
    for file in (document.file, *_parts(document)):
        for pointer, line, column in file.duplicate_keys:
            message = "the key stands here a second time"
            yield SpecProblem(file.path, line, column, pointer, "duplicate-key", message)
    file = document.file
    if document.kind is None:
        message = "neither OpenAPI, Arazzo, facts, decisions nor behaviour: no member of it says what it is"
        yield problem_at(file, "", "unknown-document", message)
    else:
        yield from _RULES[document.kind](document)


def _spec_problems(document: Document) -> Iterator[SpecProblem]:
    spec = document.spec
    if spec is None:
        return
    form = list(structure_problems(spec))
    yield from form
    if not any(problem.rule == "openapi-version" for problem in form):
        yield from operation_problems(spec)
        yield from schema_problems(spec)
        yield from size_problems(spec)
        yield from unused_problems(spec)
        yield from example_problems(spec, broken_schemas(spec, form))
    yield from _citation_problems(document)
    if _owes_citations(document):
        yield from citing.uncited_problems(spec)


def _workflow_problems(document: Document) -> Iterator[SpecProblem]:
    broken = list(_structure(document.file, "arazzo"))
    yield from broken or workflow_problems(document.file)
    yield from _citation_problems(document)
    if not broken and _owes_citations(document):
        yield from citing.uncited_workflow_problems(document.file)


def _facts_problems(document: Document) -> Iterator[SpecProblem]:
    yield from _structure(document.file, "sources", rule="source")
    yield from citing.source_problems(document.file)


def _decisions_problems(document: Document) -> Iterator[SpecProblem]:
    yield from _structure(document.file, "decisions", rule="decision")


def _schema_problems(document: Document) -> Iterator[SpecProblem]:
    yield from violations(document.file, document.file.value, _META, rule="schema")


def _behaviour_problems(document: Document) -> Iterator[SpecProblem]:
    file = document.file
    schema = file.path.parent / "behaviour.schema.json"
    if schema.is_file():
        yield from _by_schema(file, YamlFile.read(schema))
    contract = file.path.parent / f"{file.path.name.partition('.behaviour.')[0]}.yaml"
    if not contract.is_file():
        yield problem_at(file, "", "behaviour", f"unknown contract {contract}")
        return
    known = _operation_ids(YamlFile.read(contract))
    named = file.value.get("operations") if isinstance(file.value, dict) else None
    for name in named if isinstance(named, dict) else ():
        if name not in known:
            message = f"{contract.name} has no operation {name!r}"
            yield problem_at(file, f"/operations/{name}", "behaviour", message)


def _by_schema(file: YamlFile, schema: YamlFile) -> Iterator[SpecProblem]:
    if not _META.is_valid(schema.value):
        return  # a problem of the schema's own
    try:
        yield from violations(file, file.value, Draft202012Validator(schema.value), rule="behaviour")
    except Unresolvable as error:
        yield problem_at(schema, "", "reference", f"{error.ref} names nothing in this file")


def _folder_problems(documents: list[Document]) -> Iterator[SpecProblem]:
    files = [document.file for document in documents]
    if any(document.kind in ("facts", "decisions") and document.citations is None for document in documents):
        return  # some of them are malformed, which has been said
    facts = [document.file for document in documents if document.kind == "facts"]
    decisions = [document.file for document in documents if document.kind == "decisions"]
    used = citing.used_ids(files)
    yield from citing.numbered_problems(facts, "facts", used)
    yield from citing.numbered_problems(decisions, "decisions", used)
    operations = {
        document.file.path.stem: _operation_ids(document.file)
        for document in documents
        if document.kind == "spec"
    }
    for document in documents:
        if document.kind == "decisions" and document.citations is not None:
            yield from citing.decision_problems(document.file, document.citations, operations)


def _citation_problems(document: Document) -> Iterator[SpecProblem]:
    if document.citations is not None:
        yield from citing.unknown_problems(document.file, document.citations)


def _owes_citations(document: Document) -> bool:
    if document.citations is None:
        return False
    about = {fact.contract for fact in document.citations.facts.values()}
    return document.file.path.stem in about or citing.uses_citations(document.file.value)


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads((Path(__file__).parent / f"{name}.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def _structure(file: YamlFile, schema: str, *, rule: str | None = None) -> Iterator[SpecProblem]:
    yield from violations(file, file.value, _validator(schema), rule=rule or schema)


def _operation_ids(file: YamlFile) -> set[str]:
    return {operation.operation_id for operation in Spec.read(file.path).operations if operation.operation_id}


_RULES: dict[Kind, Callable[[Document], Iterator[SpecProblem]]] = {
    "spec": _spec_problems,
    "workflows": _workflow_problems,
    "behaviour": _behaviour_problems,
    "facts": _facts_problems,
    "decisions": _decisions_problems,
    "schema": _schema_problems,
}
