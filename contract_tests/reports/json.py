"""The report for programs. `report.schema.json` describes it; `version` moves when a reader would have to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contract_tests.engine.exit_codes import decide
from contract_tests.exchange import Exchange
from contract_tests.redaction.masking import MaskedResult
from contract_tests.reports.bodies import shown
from contract_tests.requirements.results import ContractProblem, Finding, JudgedContract, Outcome

VERSION = 1
SCHEMA = Path(__file__).with_name("report.schema.json")


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
        "outcomes": [_outcome(outcome) for outcome in result.outcomes],
    }


def tool_version() -> str:
    """The version of the distribution, or "unknown" when the package is not installed."""
    try:
        return version("connector-contracts")
    except PackageNotFoundError:
        return "unknown"


def _problem(problem: ContractProblem) -> dict[str, Any]:
    return {"contract": problem.contract, "kind": problem.kind.value, "message": problem.message}


def _contract(contract: JudgedContract) -> dict[str, Any]:
    return {
        "name": contract.name,
        "title": contract.title,
        "base_url": contract.base_url,
        "operations": [
            {"id": operation.id, "method": operation.method, "path": operation.path}
            for operation in contract.operations
        ],
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
    return {"headers": dict(headers), "body": {"text": text.text, "left_out": text.left_out}}
