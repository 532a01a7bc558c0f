"""The fault rules and overrides of a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from mock_server.testing.link import Link
from mock_server.testing.replies import CustomReply, Rule

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
    """The methods of fault rules and overrides. Every method raises AdminError."""

    _part: str

    def __init__(self, link: Link, world: str) -> None:
        self._link = link
        self._world = ("worlds", world)

    def list(self) -> list[Rule]:
        """All rules in the order in which they are tried, with their counts."""
        return cast("list[Rule]", self._link.ask("GET", *self._world, self._part)["items"])

    def get(self, rule: str) -> Rule:
        """The rule with this id."""
        return cast("Rule", self._link.ask("GET", *self._world, self._part, rule))

    def remove(self, rule: str) -> None:
        """Remove a rule."""
        self._link.ask("DELETE", *self._world, self._part, rule)

    def clear(self) -> None:
        """Remove all rules."""
        self._link.ask("POST", *self._world, "clear", body={"parts": [self._part]})

    def _added(self, rule: Rule) -> Rule:
        return cast("Rule", self._link.ask("POST", *self._world, self._part, body=rule))


class Faults(_Rules):
    """The fault rules of a world."""

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
        when: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Rule:
        """Append a rule; returns it with its id.

        named: its id. contract, operation, role: conditions for calls. calls: the numbers of matching calls,
        from 1. every: every n-th call. probability: from 0 to 1, drawn with the seed of the world. times: the
        maximum number of hits. when: further conditions, such as {"query": {"limit": "2"}}. arguments: of the
        kind, such as fixed_ms=300, code=404 or retry_after=5.
        """
        conditions = _given(
            contract=contract,
            operation=operation,
            role=role,
            calls=None if calls is None else [*calls],
            every=every,
            probability=probability,
            times=times,
        )
        conditions |= when or {}
        return self._added({**_given(id=named, when=conditions or None), "kind": kind, **arguments})


class Overrides(_Rules):
    """The overrides of a world."""

    _part = "overrides"

    def next(
        self,
        *,
        code: int | None = None,
        example: str | None = None,
        wait: float | None = None,
        reply: CustomReply | None = None,
        sequence: Sequence[CustomReply | Literal["normal"]] | None = None,
        times: int | Literal["unlimited"] | None = None,
        contract: str | None = None,
        operation: str | None = None,
        method: str | None = None,
        when: Mapping[str, Any] | None = None,
        named: str | None = None,
    ) -> Rule:
        """Decide the replies to the next matching requests: a status, a named example, a delay in seconds; or
        a whole reply, or one after the other.

        reply, sequence: such as {"status": 500, "json": {"error": "maintenance"}}; "normal" is the reply of
        the operation itself. times: the number of requests; None for 1, or the length of the sequence. when:
        further conditions, such as {"body": {"$.provider_slug": "slack"}}. Raises AdminError with the
        possible values if no matching operation can reply so.
        """
        wanted = _given(
            id=named,
            contract=contract,
            operation=operation,
            method=method,
            code=code,
            example=example,
            wait=wait,
            reply=reply,
            sequence=None if sequence is None else [*sequence],
            times=times,
            when=when,
        )
        return self._added(wanted)


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
