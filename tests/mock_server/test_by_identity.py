"""Values kept by the identity of what they were worked out of."""

from __future__ import annotations

from mock_server.by_identity import MOST, ByIdentity


def test_a_value_is_found_for_the_very_object_only() -> None:
    known: ByIdentity[str] = ByIdentity()
    record = {"id": 1}
    known.keep(record, "one")
    assert known.get(record) == "one"
    assert known.get({"id": 1}) is None


def test_a_bounded_number_is_kept() -> None:
    known: ByIdentity[int] = ByIdentity()
    records = [{"id": number} for number in range(MOST + 1)]
    for number, record in enumerate(records):
        known.keep(record, number)
    assert known.get(records[-1]) == MOST
    assert known.get(records[0]) is None
