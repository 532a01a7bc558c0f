"""Finishing a killed run: what its cleanup file tells of is looked for and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.files import openapi_dir
from contract_tests.session.cleanup_file import CleanupFile, entries
from contract_tests.session.context import RunContext
from contract_tests.session.creations import Creation, Siblings
from contract_tests.session.session import Session
from contract_tests.session.sweep import sweep
from contract_tests.target.target_file import Target

Entry = Mapping[str, Any]


class RecoveryError(Exception):
    """A cleanup file that cannot be used; the text names it."""


def recover(path: Path, *, target_file: Path | None = None) -> list[str]:
    """Delete what the runs of a cleanup file left behind, and remove the file when nothing is left.

    target_file: the one to take the addresses and credentials from, by default the runs' own. Returns what is
    left, a line each. Raises RecoveryError, TargetError, SpecError and UnreadableError.
    """
    try:
        every = list(entries(path))
    except (OSError, ValueError) as error:
        raise RecoveryError(str(error)) from error
    source = next((Path(entry["file"]) for entry in every if entry["event"] == "target"), None)
    chosen = target_file or source
    if chosen is None:
        raise RecoveryError(f"{path}: it names no target file; give --target")
    target = Target.load(chosen)
    file = CleanupFile(path, target=str(chosen.resolve()))
    left: list[str] = []
    try:
        for run, name in dict.fromkeys((e["run"], e["contract"]) for e in every if "run" in e):
            if name not in target.contracts:
                raise RecoveryError(f"{path}: the contract {name} is not in {chosen}")
            own = [entry for entry in every if (entry.get("run"), entry.get("contract")) == (run, name)]
            left += [f"{name}: {line}" for line in _recover_run(target, name, run, own, file)]
    finally:
        file.close(is_done=False)
    if not left:
        path.unlink(missing_ok=True)
    return left


def _recover_run(target: Target, name: str, run: str, every: Iterable[Entry], file: CleanupFile) -> list[str]:
    """Delete what one run created of one contract, and return what is left."""
    context = RunContext.open(target, name, citations=Citations.load(openapi_dir()))
    context.permissions.made_up.nonce = run
    session = Session(context, name="cleanup")
    for entry in every:
        _repeat(context, entry)
    for creation in context.creations:
        if not creation.is_deleted:
            path = creation.siblings.item(creation.key)
            session.cleanup.add(creation.siblings.resource, path, creation.credential)
    context.creations.file = file
    try:
        session.clean()
        sweep(context)
    finally:
        context.client.close()
    return context.leftovers


def _repeat(context: RunContext, entry: Entry) -> None:
    """Take an entry over into the context."""
    creations, resource = context.creations, context.resources.at(entry["resource"])
    if resource is None:
        return
    siblings = Siblings.of(resource, entry["above"])
    keys = entry.get("keys") or []
    if entry["event"] == "before":
        creations.before[siblings] = None if entry["keys"] is None else frozenset(keys)
    elif entry["event"] == "creating":
        creations.unresolved[entry["number"]] = Creation(siblings, entry["credential"])
    elif entry["event"] == "created":
        creations.unresolved.pop(entry["number"], None)
        for key in keys:
            creations.add(siblings, key, entry["credential"])
            context.permissions.created(resource.item, siblings.item(key))
    elif entry["event"] == "deleted":
        for key in keys:
            creations.deleted(resource, siblings.item(key))
