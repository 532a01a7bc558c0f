"""The report for continuous integration: a suite per contract, a test case per requirement."""

from __future__ import annotations

import re
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from contract_tests.engine.exit_codes import Exit, ExitDecision, decide
from contract_tests.redaction.masking import MaskedResult
from contract_tests.requirements.results import ContractProblem, Finding, Outcome
from contract_tests.verdicts import Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 (section 2.2) cannot hold, not even escaped."""


_OF_THE_WHOLE_RUN = (Exit.UNDECIDED, Exit.LEFTOVERS, Exit.INTERRUPTED, Exit.TERMINATED)
"""Exit codes that no single test case explains."""


def write(result: MaskedResult, path: Path) -> None:
    """Write the report. Raises OSError."""
    report(result).write(str(path), pretty=True)


def report(result: MaskedResult) -> JUnitXml:
    """The report.

    Viewers count tests, so what is not a requirement becomes one too: an error "target" in the suite of a
    contract that could not be judged, and in a last suite an error "exit-code" where no test case is red
    although the exit code is.
    """
    xml = JUnitXml("contract-tests")
    decision = decide(result)
    for contract in result.contracts:
        suite = TestSuite(contract.name)
        suite.timestamp = result.started.isoformat(timespec="seconds")
        for name, value in (
            ("base_url", contract.base_url),
            ("target", result.target),
            ("profile", result.profile),
            ("seed", str(result.seed)),
            ("exit_code", str(int(decision.code))),
            ("reason", decision.reason),
        ):
            suite.add_property(name, _clean(value))
        for name, lines in (("leftover", result.leftovers), ("undeletable", result.undeletable)):
            for line in lines:
                if line.startswith(f"{contract.name}: "):
                    suite.add_property(name, _clean(line))
        problems = [problem for problem in result.problems if problem.contract == contract.name]
        suite.add_testcases([_problem(problem) for problem in problems])
        suite.add_testcases([_case(outcome, result) for outcome in result.of(contract.name)])
        xml.add_testsuite(suite)
    if decision.code in _OF_THE_WHOLE_RUN:
        xml.add_testsuite(_exit_suite(decision))
    return xml


def as_text(finding: Finding) -> str:
    """A finding as lines of text."""
    lines = [
        f"operation: {finding.operation}",
        f"expected:  {finding.expected}",
        f"received:  {finding.received}",
        *(f"source:    {source}" for source in finding.sources),
        *(f"also:      {also}" for also in finding.also),
        "",
        finding.curl,
    ]
    return "\n".join(lines)


def _case(outcome: Outcome, result: MaskedResult) -> TestCase:
    requirement = outcome.requirement
    name, family = _clean(requirement.id), _clean(f"{requirement.contract}.{requirement.family}")
    case = TestCase(name, family, round(outcome.seconds, 3))
    case.append(_properties(outcome, result.seed))  # type: ignore[no-untyped-call]
    message = _clean(f"{requirement.title}: {outcome.reason}" if outcome.reason else requirement.title)
    text = _clean(as_text(outcome.finding)) if outcome.finding else message
    match outcome.verdict:
        case Verdict.FAILED:
            case.result = [_result(Failure(message, "failed"), text)]
        case Verdict.ERRORED:
            case.result = [_result(Error(message, "errored"), text)]
        case Verdict.SKIPPED | Verdict.INCONCLUSIVE | Verdict.KNOWN:
            case.result = [Skipped(_clean(f"{outcome.verdict.value}: {outcome.reason}"))]
        case Verdict.WARNING if result.criteria.strict:
            case.result = [_result(Failure(message, "warning"), text)]
        case Verdict.WARNING:
            case.system_out = f"warning: {message}\n{text}"
    return case


def _properties(outcome: Outcome, seed: int) -> Properties:
    requirement = outcome.requirement
    properties = Properties()  # type: ignore[no-untyped-call]
    for name, value in (
        ("level", (outcome.finding or requirement).level.value),
        ("facts", " ".join(requirement.cites)),
        ("operation", outcome.finding.operation if outcome.finding else requirement.operations[0]),
        ("seed", str(seed)),
        ("verdict", outcome.verdict.value),
    ):
        properties.append(Property(name, _clean(value)))  # type: ignore[no-untyped-call]
    return properties


def _problem(problem: ContractProblem) -> TestCase:
    case = TestCase("target", f"{problem.contract}.target")
    case.result = [Error(_clean(problem.message), problem.kind.value)]
    return case


def _exit_suite(decision: ExitDecision) -> TestSuite:
    suite = TestSuite("contract-tests")
    case = TestCase("exit-code", "contract-tests.exit-code")
    message = f"{decision.code.words}: {decision.reason}"
    case.result = [Error(_clean(message), f"exit code {int(decision.code)}")]
    suite.add_testcase(case)
    return suite


def _result(kind: Failure | Error, text: str) -> Failure | Error:
    kind.text = text
    return kind


def _clean(text: str) -> str:
    return _NOT_XML.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
