"""Runs the harness against one mock in a separate process, and reads its JSON report."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from mock_server.target_file import target_toml
from tests.defects.planting import settings_for

FINDINGS = ("failed", "warning")
"""The verdicts that report a violation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of the harness.

    defect: the one that is planted, empty for the healthy mock. operations: only requirements of these are
    judged; of all where none is named. requirements: only these, where any is named.
    """

    contract: str
    defect: str = ""
    operations: frozenset[str] = frozenset()
    requirements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a run. report: the harness's JSON report, None when it wrote none in time."""

    job: Job
    seconds: float
    report: Mapping[str, Any] | None

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """The outcomes that found something."""
        outcomes = self.report["outcomes"] if self.report else []
        return [outcome for outcome in outcomes if outcome["verdict"] in FINDINGS]


def judge(
    jobs: Sequence[Job], *, folder: Path, at_once: int, profile: str, seed: int, seconds: float
) -> Iterator[Verdict]:
    """The verdict on each job as it comes in. A run that takes longer than so many seconds is ended."""
    import contract_tests.engine.runner  # noqa: F401 - read once here, shared by every process forked below

    waiting = list(reversed(jobs))
    running: dict[int, tuple[Job, BaseProcess, float]] = {}
    context = multiprocessing.get_context("fork")
    while waiting or running:
        while waiting and len(running) < at_once:
            job = waiting.pop()
            process: BaseProcess = context.Process(target=_run, args=(job, folder, profile, seed))
            process.start()
            running[process.sentinel] = (job, process, monotonic())
        wait(list(running), timeout=1)
        for sentinel, (job, process, since) in list(running.items()):
            late = monotonic() - since > seconds
            if late:
                process.kill()
            if late or not process.is_alive():
                process.join()
                del running[sentinel]
                yield Verdict(job=job, seconds=monotonic() - since, report=_read(_report(job, folder)))


def _report(job: Job, folder: Path) -> Path:
    return folder / f"{job.contract}-{job.defect or 'healthy'}.json"


def _read(path: Path) -> Mapping[str, Any] | None:
    try:
        report: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return report


def _run(job: Job, folder: Path, profile: str, seed: int) -> None:
    from contract_tests.engine.runner import run
    from contract_tests.engine.selection import Selection
    from contract_tests.redaction.masking import masked
    from contract_tests.reports import json as json_report
    from contract_tests.target.target_file import Target

    os.environ["PLANTED_CONTRACT"], os.environ["PLANTED_DEFECT"] = job.contract, job.defect
    path = _report(job, folder)
    target = path.with_suffix(".toml")
    target.write_text(_target(job.contract), encoding="utf-8")
    with (
        path.with_suffix(".log").open("w") as log,
        contextlib.redirect_stdout(log),
        contextlib.redirect_stderr(log),
    ):
        selection = Selection(
            contracts=frozenset({job.contract}),
            operations=job.operations,
            requirements=job.requirements,
            profile=profile,
        )
        json_report.write(masked(run(Target.load(target), selection=selection, seed=seed)), path)


def _target(contract: str) -> str:
    """The target file of the mock, with the application in place of the address."""
    lines = target_toml(settings_for(contract), "http://127.0.0.1:4010").splitlines()
    at = lines.index(f"[contracts.{contract}]")
    return "\n".join([*lines[: at + 1], 'wsgi = "tests.defects.wsgi:application"', *lines[at + 1 :]]) + "\n"
