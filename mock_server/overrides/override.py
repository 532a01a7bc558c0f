"""A wish armed for the next requests it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_server.contract.operation import Operation
from mock_server.object_reader import ObjectReader
from mock_server.overrides.preference import LONGEST, ResponsePreference

METHODS = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE")
_WISHES = ("code", "example", "wait")


@dataclass(frozen=True, slots=True)
class Override:
    """What the next `times` requests get that ask this contract, operation and method (None: any) and whose
    operation can grant the wish. id: empty until a book gives it one."""

    id: str
    preference: ResponsePreference
    contract: str | None = None
    operation: str | None = None
    method: str | None = None
    times: int = 1

    def fits(self, operation: Operation, method: str) -> bool:
        """Whether a request is one of those."""
        return (
            self.contract in {None, operation.contract}
            and self.operation in {None, operation.id}
            and self.method in {None, method}
            and self.preference.granted(operation)
        )

    def to_json(self) -> dict[str, Any]:
        """As `parse_override` takes it."""
        told = {
            "id": self.id,
            "contract": self.contract,
            "operation": self.operation,
            "method": self.method,
            "code": self.preference.code,
            "example": self.preference.example,
            "wait": self.preference.wait,
            "times": self.times,
        }
        return {name: value for name, value in told.items() if value is not None}


def parse_override(document: Any, *, id: str = "", place: str = "") -> Override:  # noqa: A002 - the member's name
    """The override a JSON document describes.

    id: for a document that names none; a book gives one to an override whose id is empty. place: the JSON
    pointer of the document where it is part of another. Raises MemberError, naming the member and what is
    allowed.
    """
    members = ObjectReader(document, place)
    override = taken(members, id=id)
    members.done()
    return override


def taken(members: ObjectReader, *, id: str = "") -> Override:  # noqa: A002 - the member's name
    """The override among these members, others left. Raises MemberError."""
    if not any(name in members for name in _WISHES):
        raise members.refuse(None, f"needs at least one of: {', '.join(_WISHES)}")
    return Override(
        id=members.id() or id,
        contract=members.name("contract"),
        operation=members.name("operation"),
        method=members.choice("method", METHODS),
        preference=ResponsePreference(
            members.integer("code", 200, 599),
            members.name("example"),
            members.number("wait", 0, LONGEST),
        ),
        times=members.integer("times", 1, 1_000_000) or 1,
    )
