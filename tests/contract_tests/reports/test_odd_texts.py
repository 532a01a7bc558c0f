"""Every report can be written, whatever a target answers."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from contract_tests.exchange import Exchange, SentRequest
from contract_tests.redaction.curl import curl
from contract_tests.redaction.masking import MaskedResult, masked
from contract_tests.reports.registry import Report
from contract_tests.reports.terminal import summary
from contract_tests.requirements.results import Outcome, RunResult, Secret

ODD = "a\ud800 \udfff\x00\x1b[31m \udcff ]]> </script> {{ x }}"
DEEP = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
ODD_JSON = b'{"note": "\\ud800", "\\udfff": ["\\u0000"]}'


def odd_exchange(content: bytes) -> Exchange:
    url = "http://127.0.0.1:4010/things/\ud800"
    headers = {"content-type": ODD, "x-odd": ODD}
    sent = SentRequest("make", "POST", url, headers, content, None)
    return Exchange(sent, 200, headers, content, 0.1)


def odd_result(run_result: RunResult, content: bytes) -> MaskedResult:
    """The run with odd texts wherever an answer or a document can put one."""

    def odd(outcome: Outcome) -> Outcome:
        if outcome.finding is None:
            return replace(outcome, reason=ODD)
        exchange = odd_exchange(content)
        secrets = (Secret(f"token-{ODD}", "TOKEN"),)
        finding = replace(
            outcome.finding,
            expected=ODD,
            received=ODD,
            sources=(ODD,),
            exchange=exchange,
            curl=curl(exchange.sent, secrets),
        )
        requirement = replace(outcome.requirement, id=f"{outcome.requirement.id}.{ODD}", title=ODD)
        return replace(outcome, requirement=requirement, finding=finding)

    problems = tuple(replace(problem, message=ODD) for problem in run_result.problems)
    contracts = tuple(replace(contract, title=ODD) for contract in run_result.contracts)
    return masked(
        replace(
            run_result,
            contracts=contracts,
            outcomes=tuple(map(odd, run_result.outcomes)),
            problems=problems,
            leftovers=(ODD,),
            undeletable=(ODD,),
            secrets=(*run_result.secrets, Secret(f"token-{ODD}", "TOKEN"), Secret("\ud800" * 9)),
        )
    )


@pytest.mark.parametrize(
    "content", [DEEP, ODD_JSON, b"\xff\xfe\x00", b""], ids=["deep", "odd", "bytes", "none"]
)
@pytest.mark.parametrize("format_", ["json", "html", "junit"])
def test_a_report_holds_odd_texts(
    run_result: RunResult, tmp_path: Path, format_: str, content: bytes
) -> None:
    path = tmp_path / "report"
    Report(format_, path).write(odd_result(run_result, content))
    path.read_text(encoding="utf-8")


def test_the_terminal_shows_odd_texts(run_result: RunResult) -> None:
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    summary(odd_result(run_result, ODD_JSON), Console(file=output, highlight=False))
    output.flush()
