"""The report for programs, which can be read again: `report.schema.json` describes it.

`version` moves when a reader would have to.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from signal import Signals
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from contract_tests.engine.exit_codes import Exit, decide
from contract_tests.evidence.levels import Level
from contract_tests.exchange import Exchange, SentRequest
from contract_tests.installation import tool_version
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports import times
from contract_tests.reports.bodies import shown
from contract_tests.requirements.model import Requirement
from contract_tests.requirements.results import (
    ContractProblem,
    Finding,
    Insufficiency,
    JudgedContract,
    JudgedOperation,
    Outcome,
    OwnDocument,
    PassCriteria,
    ProblemKind,
    RunResult,
)
from contract_tests.spec_diff.differences import Difference, Harm
from contract_tests.verdicts import Verdict

VERSION = 2
SCHEMA = Path(__file__).with_name("report.schema.json")


_SIGNALS = {int(Exit.INTERRUPTED): Signals.SIGINT, int(Exit.TERMINATED): Signals.SIGTERM}


class UnreadableReportError(Exception):
    """A JSON report that cannot be read again; the text names the file and what is wrong in it."""


def write(result: MaskedResult, path: Path) -> None:
    """Write the report. Raises OSError."""
    text = json.dumps(document(result), ensure_ascii=False, indent=2) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def document(result: MaskedResult) -> dict[str, Any]:
    """The report as JSON values."""
    decision = decide(result)
    return {
        "version": VERSION,
        "tool": {"name": "contract-tests", "version": tool_version()},
        "verdict": decision.code.words,
        "exit_code": int(decision.code),
        "reason": decision.reason,
        "target": result.target,
        "profile": result.profile,
        "seed": result.seed,
        "started": result.started.isoformat(),
        "seconds": round(result.seconds, 3),
        "counts": {verdict.value: number for verdict, number in result.counts.items()},
        "contracts": [_contract(contract) for contract in result.contracts],
        "problems": [_problem(each) for each in result.problems],
        "leftovers": list(result.leftovers),
        "undeletable": list(result.undeletable),
        "mended": list(result.mended),
        "still_to_examine": result.still_to_examine,
        "times": times.document(result),
        "documents": [_document(each) for each in result.documents],
        "shard": None if result.shard is None else list(result.shard),
        "criteria": {
            "strict": result.criteria.strict,
            "fail_on": sorted(each.value for each in result.criteria.fail_on),
            "operations": list(result.criteria.operations),
            "own_document": result.criteria.own_document,
        },
        "outcomes": [_outcome(outcome) for outcome in result.outcomes],
    }


def _problem(problem: ContractProblem) -> dict[str, Any]:
    return {"contract": problem.contract, "kind": problem.kind.value, "message": problem.message}


def _document(document: OwnDocument) -> dict[str, Any]:
    return {
        "contract": document.contract,
        "address": document.address,
        "differences": [asdict(each) for each in document.differences],
    }


def _contract(contract: JudgedContract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "title": contract.title,
        "base_url": contract.base_url,
        "operations": [
            {"id": operation.id, "method": operation.method, "path": operation.path}
            for operation in contract.operations
        ],
        "min_passed": contract.min_passed,
        "line": contract.line,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    requirement = outcome.requirement
    return {
        "requirement": requirement.id,
        "contract": requirement.contract,
        "family": requirement.family,
        "level": requirement.level.value,
        "title": requirement.title,
        "operations": list(requirement.operations),
        "cites": list(requirement.cites),
        "verdict": outcome.verdict.value,
        "reason": outcome.reason,
        "cause": outcome.cause,
        "unanswered": outcome.unanswered,
        "exchanges": outcome.exchanges,
        "seconds": round(outcome.seconds, 3),
        "finding": None if outcome.finding is None else _finding(outcome.finding),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "operation": finding.operation,
        "level": finding.level.value,
        "expected": finding.expected,
        "received": finding.received,
        "sources": list(finding.sources),
        "cites": list(finding.cites),
        "curl": finding.curl,
        "also": list(finding.also),
        "exchange": None if finding.exchange is None else _exchange(finding.exchange),
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    sent = exchange.sent
    return {
        "request": {
            "operation": sent.operation,
            "method": sent.method,
            "url": sent.url,
            "credential": sent.credential,
            **_message(sent.headers, sent.body),
        },
        "response": {
            "status": exchange.status,
            "seconds": round(exchange.seconds, 3),
            **_message(exchange.headers, exchange.content),
        },
    }


def _message(headers: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
    if body is None:
        return {"headers": dict(headers), "body": None}
    text = shown(body)
    whole = base64.b64encode(body).decode() if text.left_out else None
    return {
        "headers": dict(headers),
        "body": {"text": text.text, "left_out": text.left_out, "base64": whole},
    }


def read(path: Path) -> MaskedResult:
    """The result that a report was written from: whatever is written from it again is the same.

    Its requirements have no checks. Raises UnreadableReportError.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not JSON"
        raise UnreadableReportError(f"{path}: {reason}") from error
    version = found.get("version") if isinstance(found, dict) else None
    if version != VERSION:
        raise UnreadableReportError(f"{path}: not a JSON report of version {VERSION}")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    problem = best_match(Draft202012Validator(schema).iter_errors(found))
    if problem is not None:
        raise UnreadableReportError(f"{path}: {problem.json_path}: {problem.message[:200]}")
    return MaskedResult(_result(found))


def _result(found: dict[str, Any]) -> RunResult:
    criteria = found["criteria"]
    return RunResult(
        target=found["target"],
        seed=found["seed"],
        profile=found["profile"],
        started=datetime.fromisoformat(found["started"]),
        seconds=found["seconds"],
        contracts=tuple(_read_contract(each) for each in found["contracts"]),
        outcomes=tuple(_read_outcome(each) for each in found["outcomes"]),
        problems=tuple(
            ContractProblem(each["contract"], each["message"], ProblemKind(each["kind"]))
            for each in found["problems"]
        ),
        leftovers=tuple(found["leftovers"]),
        undeletable=tuple(found["undeletable"]),
        mended=tuple(found["mended"]),
        still_to_examine=found.get("still_to_examine"),
        documents=tuple(_read_document(each) for each in found.get("documents", ())),
        stopped_by=_SIGNALS.get(found["exit_code"]),
        shard=None if found["shard"] is None else (found["shard"][0], found["shard"][1]),
        criteria=PassCriteria(
            criteria["strict"],
            frozenset(Insufficiency(each) for each in criteria["fail_on"]),
            tuple(criteria["operations"]),
            own_document=criteria.get("own_document", False),
        ),
    )


def _read_document(found: dict[str, Any]) -> OwnDocument:
    differences = (Difference(**{**each, "harm": Harm(each["harm"])}) for each in found["differences"])
    return OwnDocument(found["contract"], found["address"], tuple(differences))


def _read_contract(found: dict[str, Any]) -> JudgedContract:
    operations = tuple(JudgedOperation(**each) for each in found["operations"])
    return JudgedContract(**{**found, "operations": operations})


def _read_outcome(found: dict[str, Any]) -> Outcome:
    requirement = Requirement(
        id=found["requirement"],
        contract=found["contract"],
        family=found["family"],
        level=Level(found["level"]),
        title=found["title"],
        operations=tuple(found["operations"]),
        cites=tuple(found["cites"]),
        check=None,
    )
    return Outcome(
        requirement,
        Verdict(found["verdict"]),
        found["reason"],
        None if found["finding"] is None else _read_finding(requirement, found["finding"]),
        found["exchanges"],
        found["seconds"],
        found["unanswered"],
        found["cause"],
    )


def _read_finding(requirement: Requirement, found: dict[str, Any]) -> Finding:
    return Finding(
        requirement=requirement,
        operation=found["operation"],
        level=Level(found["level"]),
        expected=found["expected"],
        received=found["received"],
        sources=tuple(found["sources"]),
        curl=found["curl"],
        exchange=None if found["exchange"] is None else _read_exchange(found["exchange"]),
        also=tuple(found["also"]),
        cites=tuple(found.get("cites", ())),
    )


def _read_exchange(found: dict[str, Any]) -> Exchange:
    request, response = found["request"], found["response"]
    sent = SentRequest(
        operation=request["operation"],
        method=request["method"],
        url=request["url"],
        headers=request["headers"],
        body=_read_body(request["body"]),
        credential=request["credential"],
    )
    content = _read_body(response["body"]) or b""
    return Exchange(sent, response["status"], response["headers"], content, response["seconds"])


def _read_body(found: dict[str, Any] | None) -> bytes | None:
    if found is None:
        return None
    if found["base64"] is not None:
        return base64.b64decode(found["base64"])
    return str(found["text"]).encode("utf-8", "surrogatepass")
