"""The addresses that records show of themselves and of what is above them, as their examples write them.

An example with the address https://api.example.com/repos/octocat/hello/issues/7 says how another record's
address is built: from the path that reads it, with its own key and those above it.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.behaviours.declared import Behaviours, Collection, OperationBehaviour
from mock_server.contract.operation import Contract
from mock_server.contract.record_addresses import AddressPattern, address_pattern

_DEPTH = 2
"""Addresses stand in a record or in an object of it: _links.self."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A path that begins addresses. members: parameter → the record's member with its value."""

    pattern: AddressPattern
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Joined:
    """A text with both parts of a compound key: octocat/hello. before, after: what stands around it."""

    before: str
    members: tuple[str, ...]
    after: str


_Plan = Mapping[str, "_Plan | tuple[_Form, str] | _Joined"]
"""Member → how its text is built, or the members of the object in it."""


class RecordAddresses:
    """The addresses in the records of one collection. examples: records that the document shows, the most
    telling first."""

    def __init__(
        self,
        collection: Collection,
        behaviours: Behaviours,
        contract: Contract,
        examples: Iterable[Mapping[str, Any]],
    ) -> None:
        reads = (
            each
            for each in behaviours.operations.values()
            if each.collection == collection.name and each.action == "read" and each.target == "path"
        )
        self._collection = collection
        found = [form for each in reads for form in _forms(each, behaviours, contract)]
        self._forms = sorted(found, key=lambda form: -len(form.pattern.parameters))
        self._plan: _Plan = {}
        for example in examples:
            self._plan = {**self._planned(example, example, _DEPTH), **self._plan}

    def filled(self, record: Mapping[str, Any], *, but: Container[str] = ()) -> Mapping[str, Any]:
        """Return a record with its own addresses. but: the members that stay as they are."""
        plan = {name: each for name, each in self._plan.items() if name in record and name not in but}
        return {**record, **dict(self._texts(record, record, plan))} if plan else record

    def _texts(
        self, shown: Mapping[str, Any], record: Mapping[str, Any], plan: _Plan
    ) -> Iterator[tuple[str, Any]]:
        for name, planned in plan.items():
            value = shown.get(name)
            if isinstance(planned, Mapping):
                if isinstance(value, Mapping):
                    yield name, {**value, **dict(self._texts(value, record, planned))}
            elif isinstance(value, str):
                text = _built(planned, record)
                yield name, value if text is None else text

    def _planned(self, shown: Mapping[str, Any], example: Mapping[str, Any], depth: int) -> dict[str, Any]:
        plan: dict[str, Any] = {}
        for name, value in shown.items():
            if isinstance(value, Mapping):
                inner = self._planned(value, example, depth - 1) if depth > 1 else {}
                planned: Any = inner or None
            else:
                planned = self._how_built(value, example) if isinstance(value, str) else None
            if planned is not None:
                plan[name] = planned
        return plan

    def _how_built(self, text: str, example: Mapping[str, Any]) -> tuple[_Form, str] | _Joined | None:
        for form in self._forms:
            values = form.pattern.values_before_rest(text)
            if values is not None:
                return self._by_shown_key(form, values, example), text
        return self._joined(text, example)

    def _by_shown_key(self, form: _Form, values: Mapping[str, str], example: Mapping[str, Any]) -> _Form:
        """A form whose last value is the member that the example shows there: a label's name, not its id."""
        collection, (*_, last) = self._collection, form.members
        if form.members[last] != collection.key or str(example.get(collection.key)) == values[last]:
            return form
        named = (name for name in collection.other_keys if str(example.get(name)) == values[last])
        return _Form(form.pattern, {**form.members, last: next(named, collection.key)})

    def _joined(self, text: str, example: Mapping[str, Any]) -> _Joined | None:
        """How a text with both parts of the example's compound key is built; None for other texts."""
        parts = (*self._collection.within, self._collection.key)
        own = next((form for form in self._forms if tuple(form.members.values()) == parts), None)
        addresses = (value for value in example.values() if isinstance(value, str))
        found = (own.pattern.values(address) for address in addresses) if own is not None else ()
        values = next((each for each in found if each is not None), None)
        if values is None or len(parts) == 1:
            return None
        key = "/".join(values.values())
        match = re.search(rf"(?:^|(?<=[/:])){re.escape(key)}(?=[/?#{{.]|$)", text)
        return None if match is None else _Joined(text[: match.start()], parts, text[match.end() :])


def _built(planned: tuple[_Form, str] | _Joined, record: Mapping[str, Any]) -> str | None:
    """The text of a record; None where it lacks a part."""
    if isinstance(planned, _Joined):
        values = [record.get(member) for member in planned.members]
        if None in values:
            return None
        return planned.before + "/".join(map(str, values)) + planned.after
    form, text = planned
    by_parameter = {parameter: record.get(member) for parameter, member in form.members.items()}
    return None if None in by_parameter.values() else form.pattern.filled(text, by_parameter)


def _forms(behaviour: OperationBehaviour, behaviours: Behaviours, contract: Contract) -> Iterator[_Form]:
    """The paths of a record and of those above it, as far as it knows their keys."""
    collection = behaviours.collection_of(behaviour)
    parents = {name: member for member, name in collection.parents.items()}
    members: dict[str, str | None] = {}
    path = ""
    for segment in contract.operations[behaviour.id].path.removeprefix(contract.prefix).split("/")[1:]:
        path = f"{path}/{segment}"
        pattern = address_pattern(path)
        for parameter in pattern.parameters if pattern is not None else ():
            above = behaviour.scope.get(parameter)
            own = collection.key if above == collection.name else parents.get(above or "")
            members[parameter] = behaviour.binds.get(parameter, own)
        known = {name: member for name, member in members.items() if member is not None}
        if pattern is not None and "{" in segment and len(known) == len(members):
            yield _Form(pattern, dict(known))
