"""Fault rules and overrides of a world: failures and replies on demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import Rule

# generated from mock_server.faults.registry: begin
FaultKind = Literal[
    "latency",
    "status",
    "rate_limit",
    "unavailable",
    "truncate",
    "slow_body",
    "reset",
    "invalid_json",
    "html_page",
    "missing_member",
    "null_member",
    "wrong_type",
    "extra_member",
    "unknown_enum",
    "wrong_status",
    "wrong_content_type",
]
# generated from mock_server.faults.registry: end


class _Rules:
    """What both have in common. Every verb raises AdminError."""

    _part: str

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def list(self) -> list[Rule]:
        """Those there are, in the order in which they are tried, each with how often it was met."""
        return cast("list[Rule]", self._link.ask("GET", *self._world, self._part)["items"])

    def get(self, rule: str) -> Rule:
        """One of them by its id."""
        return cast("Rule", self._link.ask("GET", *self._world, self._part, rule))

    def remove(self, rule: str) -> None:
        """Take one of them away."""
        self._link.ask("DELETE", *self._world, self._part, rule)

    def clear(self) -> None:
        """Take all of them away."""
        self._link.ask("POST", *self._world, "clear", body={"parts": [self._part]})

    def _added(self, rule: Rule) -> Rule:
        return cast("Rule", self._link.ask("POST", *self._world, self._part, body=rule))


class Faults(_Rules):
    """What goes wrong, by rule."""

    _part = "faults"

    def add(
        self,
        kind: FaultKind | str,
        *,
        named: str | None = None,
        contract: str | None = None,
        operation: str | None = None,
        role: str | None = None,
        calls: Sequence[int] | None = None,
        every: int | None = None,
        probability: float | None = None,
        times: int | None = None,
        **arguments: Any,
    ) -> Rule:
        """Add a rule behind the others, and get it as it is kept.

        named: its id. contract, operation, role: which calls. calls: the numbers of these, from 1. every:
        each so-many-th. probability: drawn from the seed of the world. times: at most so often. arguments:
        what the kind takes, such as fixed_ms=300, code=404 or retry_after=5.
        """
        when = _said(
            contract=contract,
            operation=operation,
            role=role,
            calls=None if calls is None else [*calls],
            every=every,
            probability=probability,
            times=times,
        )
        return self._added({**_said(id=named, when=when or None), "kind": kind, **arguments})


class Overrides(_Rules):
    """How the next requests are answered."""

    _part = "overrides"

    def next(
        self,
        *,
        code: int | None = None,
        example: str | None = None,
        wait: float | None = None,
        times: int = 1,
        contract: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        named: str | None = None,
    ) -> Rule:
        """Answer the next so many requests that match with a status, a named example, or later.

        What the operation cannot answer is refused with what it can.
        """
        wanted = _said(
            id=named,
            contract=contract,
            operation=operation,
            method=method,
            code=code,
            example=example,
            wait=wait,
            times=times,
        )
        return self._added(wanted)


def _said(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
