"""Rules on provenance: everything cited, every citation real, every fact used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract_tests.evidence.citations import EVERY, Citations
from contract_tests.openapi.pointers import escape
from contract_tests.openapi.yaml_file import YamlFile
from contract_tests.spec_check.problems import SpecProblem, problem_at
from contract_tests.spec_check.spec import Spec

_CITED = (
    "info",
    "operation",
    "parameter",
    "request body",
    "response",
    "header",
    "security scheme",
    "named schema",
)


_NEITHER = "carries neither x-cites nor x-decision"


def uses_citations(value: Any) -> bool:
    """Whether a document cites anything at all."""
    return next(_cited(value, ""), None) is not None


def uncited_problems(spec: Spec) -> Iterator[SpecProblem]:
    """Each part of a spec that must say where it comes from and does not."""
    for place in spec.places:
        if place.kind in _CITED and not _cites(place.node):
            name = place.node.get("operationId") or place.node.get("name") or place.pointer.rpartition("/")[2]
            message = f"{place.kind} {name!r} {_NEITHER}"
            yield place.problem("uncited", message)


def uncited_workflow_problems(file: YamlFile) -> Iterator[SpecProblem]:
    """The info, workflows and steps of a structurally valid Arazzo description that cite nothing."""
    holders = [("/info", "info", file.value["info"])]
    for index, workflow in enumerate(file.value["workflows"]):
        holders.append((f"/workflows/{index}", f"workflow {workflow['workflowId']!r}", workflow))
        for number, step in enumerate(workflow["steps"]):
            holders.append((f"/workflows/{index}/steps/{number}", f"step {step['stepId']!r}", step))
    for pointer, name, node in holders:
        if not _cites(node):
            yield problem_at(file, pointer, "uncited", f"{name} {_NEITHER}")


def unknown_problems(file: YamlFile, citations: Citations) -> Iterator[SpecProblem]:
    """Each x-cites that names no fact and each x-decision that names no decision."""
    for keyword, citation, pointer in _cited(file.value, ""):
        known: Mapping[str, object] = citations.facts if keyword == "x-cites" else citations.decisions
        if citation not in known:
            kind = "fact" if keyword == "x-cites" else "decision"
            yield problem_at(file, pointer, "citation", f"unknown {kind} {citation!r}")


def used_ids(files: list[YamlFile]) -> set[str]:
    """Every fact and decision some file cites; a decision cites the facts it rests on."""
    return {citation for file in files for _, citation, _ in _cited(file.value, "")} | {
        str(citation)
        for file in files
        for entry in _entries(file, "decisions")
        for citation in entry.get("cites", ())
    }


def numbered_problems(files: list[YamlFile], section: str, used: set[str]) -> Iterator[SpecProblem]:
    """Ids taken twice, and unused entries without a written reason, of `facts` or `decisions` files."""
    first: dict[str, Path] = {}
    for file in files:
        for index, entry in enumerate(_entries(file, section)):
            name, at = str(entry.get("id")), f"/{section}/{index}"
            if name in first:
                yield problem_at(file, f"{at}/id", "citation", f"{name} is already taken in {first[name]}")
            first.setdefault(name, file.path)
            if name not in used and "unused" not in entry:
                yield problem_at(
                    file, at, "unused", f"{name} is cited nowhere and has no reason under `unused`"
                )
            if name in used and "unused" in entry:
                yield problem_at(file, f"{at}/unused", "unused", f"{name} is cited, so it is not unused")


def source_problems(file: YamlFile) -> Iterator[SpecProblem]:
    """What a schema cannot say about one file of facts: it is named like its source."""
    said = file.value.get("source") if isinstance(file.value, dict) else None
    if said != file.path.stem:
        yield problem_at(
            file, "/source", "source", f"the file is called {file.path.stem!r}, its source {said!r}"
        )


def decision_problems(
    file: YamlFile, citations: Citations, operations: Mapping[str, set[str]]
) -> Iterator[SpecProblem]:
    """Citations, contracts and operations in a file of decisions that do not exist.

    operations: the operationIds of each contract that lies beside the decisions.
    """
    for index, entry in enumerate(_entries(file, "decisions")):
        at = f"/decisions/{index}"
        for number, citation in enumerate(entry.get("cites", ())):
            if citation not in citations:
                yield problem_at(
                    file, f"{at}/cites/{number}", "citation", f"unknown fact or decision {citation!r}"
                )
        contracts = [str(name) for name in entry.get("contracts", ())]
        for number, name in enumerate(contracts):
            if name != EVERY and name not in operations:
                yield problem_at(file, f"{at}/contracts/{number}", "decision", f"unknown contract {name!r}")
        known = set().union(*(operations.get(name, set()) for name in contracts))
        yield from _operations(
            file, entry, at, set().union(*operations.values()) if EVERY in contracts else known
        )


def _operations(file: YamlFile, entry: Mapping[str, Any], at: str, known: set[str]) -> Iterator[SpecProblem]:
    """Operations that do not exist, and a status of ours that is not accepted."""
    for key in ("accepts", "leaves_open"):
        for index, item in enumerate(entry.get(key, ())):
            chosen, statuses = item.get("chosen"), item.get("statuses")
            if chosen is not None and chosen not in (statuses or ()):
                message = f"{chosen} is chosen, but not one of the statuses"
                yield problem_at(file, f"{at}/{key}/{index}/chosen", "decision", message)
            for number, name in enumerate(item.get("operations", ())):
                if not set(name) & set("*?[") and name not in known:
                    message = f"the contracts of {entry.get('id')} have no operation {name!r}"
                    yield problem_at(file, f"{at}/{key}/{index}/operations/{number}", "decision", message)


def _cites(node: Mapping[str, Any]) -> bool:
    return bool(node.get("x-cites") or node.get("x-decision"))


def _cited(node: Any, at: str) -> Iterator[tuple[str, str, str]]:
    """Keyword, id and pointer of each citation inside `node`."""
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _cited(child, f"{at}/{index}")
    for key, child in node.items() if isinstance(node, dict) else ():
        here = f"{at}/{escape(key)}"
        if key not in ("x-cites", "x-decision"):
            yield from _cited(child, here)
        else:
            for index, citation in enumerate(child if isinstance(child, list) else [child]):
                yield key, str(citation), f"{here}/{index}" if isinstance(child, list) else here


def _entries(file: YamlFile, section: str) -> list[dict[str, Any]]:
    entries = file.value.get(section) if isinstance(file.value, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
