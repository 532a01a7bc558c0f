"""Citations: facts and decisions found by id, and what they allow an implementation to answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract_tests.evidence.citations import Citations, UnknownCitationError

SOURCE = """
source: "001"
title: Collection Connectors
contract: aimable
facts:
  - {id: "001-23", section: Trigger a Manual Sync, level: documented, says: A sync is answered with 202.}
  - {id: "001-24", section: Errors, level: inferred, says: Wait., address: "https://example.com/limits"}
"""

FRAMEWORK = """
source: fastapi
title: FastAPI
facts:
  - {id: FASTAPI-01, section: Errors, level: inferred, says: Errors carry detail., address: "https://example.com"}
"""

DECISIONS = """
decisions:
  - id: A1
    contracts: [aimable]
    question: Which status?
    reading: "404"
    why: Silence.
    settled_by: A call.
    cites: ["001-23"]
    accepts:
      - {situation: malformed_id, statuses: [404, 422]}
      - {situation: malformed_id, operations: [getSync], statuses: [400]}
      - {situation: cancel_idle}
    leaves_open:
      - {operations: [listSyncs], rule: "query.limit.*"}
  - {id: A2, contracts: [aimable], question: And?, reading: Also 400., why: Silence., settled_by: A call.,
     accepts: [{situation: malformed_id, statuses: [400]}]}
"""

EVERY = """
decisions:
  - {id: X1, contracts: [every], question: Deleted?, reading: "404", why: Habit., settled_by: A call.,
     accepts: [{situation: read_deleted, statuses: [404, 410]}, {situation: malformed_id, statuses: [404]}],
     leaves_open: [{operations: ["*"], rule: header.*}]}
"""


@pytest.fixture
def citations(tmp_path: Path) -> Citations:
    (tmp_path / "sources").mkdir()
    (tmp_path / "decisions").mkdir()
    (tmp_path / "sources" / "001.yaml").write_text(SOURCE)
    (tmp_path / "sources" / "fastapi.yaml").write_text(FRAMEWORK)
    (tmp_path / "decisions" / "aimable.yaml").write_text(DECISIONS)
    (tmp_path / "decisions" / "every.yaml").write_text(EVERY)
    return Citations.load(tmp_path)


def test_a_fact_knows_its_document(citations: Citations) -> None:
    fact = citations.fact("001-24")
    assert (fact.source, fact.contract, fact.level, fact.address) == (
        "001", "aimable", "inferred", "https://example.com/limits",
    )  # fmt: skip


def test_a_document_is_described_by_number_and_section(citations: Citations) -> None:
    assert citations.describe("001-23") == "document 001, section Trigger a Manual Sync, fact 001-23"


def test_a_framework_is_described_by_its_title(citations: Citations) -> None:
    assert citations.describe("FASTAPI-01") == "FastAPI, section Errors, fact FASTAPI-01"


def test_a_decision_is_described_by_its_question(citations: Citations) -> None:
    assert citations.describe("A1") == "decision A1: Which status?"


@pytest.mark.parametrize("ask", ["fact", "decision", "describe"])
def test_an_unknown_citation_is_refused(citations: Citations, ask: str) -> None:
    with pytest.raises(UnknownCitationError, match="'Z-99'"):
        getattr(citations, ask)("Z-99")


def test_an_unknown_citation_is_answered_with_the_nearest(citations: Citations) -> None:
    with pytest.raises(UnknownCitationError, match="001-23"):
        citations.fact("001-2")


def test_a_decision_is_not_a_fact(citations: Citations) -> None:
    assert "A1" in citations
    with pytest.raises(UnknownCitationError):
        citations.fact("A1")


def test_the_entry_for_the_operation_wins(citations: Citations) -> None:
    assert citations.accepted("aimable", "malformed_id", "getSync") == (frozenset({400}), ("A1",))


def test_equally_specific_entries_add_up(citations: Citations) -> None:
    assert citations.accepted("aimable", "malformed_id", "cancelSync") == (
        frozenset({400, 404, 422}),
        ("A1", "A2"),
    )


def test_an_undecided_situation_falls_back_to_the_decision_for_every_contract(citations: Citations) -> None:
    assert citations.accepted("aimable", "read_deleted", "getSync") == (frozenset({404, 410}), ("X1",))


def test_an_undecided_contract_is_judged_by_every(citations: Citations) -> None:
    assert citations.accepted("mine", "malformed_id", "getThing") == (frozenset({404}), ("X1",))


def test_a_status_left_open_on_purpose_names_its_decision(citations: Citations) -> None:
    assert citations.accepted("aimable", "cancel_idle", "cancelSync") == (None, ("A1",))


def test_an_undecided_situation_allows_no_assertion(citations: Citations) -> None:
    assert citations.accepted("aimable", "duplicate", "getSync") == (None, ())


def test_a_rule_left_open_names_its_decision(citations: Citations) -> None:
    assert citations.open("aimable", "listSyncs", "query.limit.minimum") == "A1"


def test_a_rule_binds_where_nothing_leaves_it_open(citations: Citations) -> None:
    assert citations.open("aimable", "getSync", "query.limit.minimum") is None


def test_a_rule_may_be_left_open_for_every_contract(citations: Citations) -> None:
    assert citations.open("mine", "getThing", "header.x-trace.maxLength") == "X1"
