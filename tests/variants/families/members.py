"""Answers whose members are more, fewer, in another order or of another open kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from tests.variants.families.rules import concerns, describes, filled
from tests.variants.seam import Answer, Asked, Serve, Transformation

FREE = frozenset(
    {"scope_config", "metadata", "config_schema", "credentials", "input", "ctx", "errors", "schema"}
)
"""Members that are somebody else's data: nothing inside them is touched."""

Members = dict[str, Any]


def each_object(value: Any, change: Callable[[Members], Members]) -> Any:
    """The value with every object changed, innermost first, those in free-form members excepted."""
    if isinstance(value, list):
        return [each_object(one, change) for one in value]
    if not isinstance(value, dict):
        return value
    return change({name: one if name in FREE else each_object(one, change) for name, one in value.items()})


def _rewriting(change: Callable[[Members], Members], **dumping: Any) -> Transformation:
    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not answer.body:
            return answer
        return answer.with_value(each_object(answer.value, change), **dumping)

    return transformation


def extra_members(contract: str) -> Transformation:
    """Members nobody documents, in every object of every answer."""
    extra = {"_links": {"self": {"href": "/"}}, "etag": 'W/"7"', "annotations": [None, 1.5, {"": ""}]}
    return _rewriting(lambda members: {**extra, **members})


def other_order(contract: str) -> Transformation:
    """Members from z to a, indented, everything beyond ASCII escaped."""
    return _rewriting(
        lambda members: {name: members[name] for name in sorted(members, reverse=True)},
        indent=3,
        ensure_ascii=True,
    )


def absent_nulls(contract: str, *, names: list[str]) -> Transformation:
    """Optional members left out where they are null."""
    absent = frozenset(names)
    return _rewriting(
        lambda members: {
            name: value for name, value in members.items() if value is not None or name not in absent
        }
    )


def absent_empties(contract: str, *, names: list[str]) -> Transformation:
    """Members left out where they are null, an empty object or an empty array."""
    return _rewriting(
        lambda members: {
            name: value for name, value in members.items() if value or value in (0, "") or name not in names
        }
    )


def without_members(contract: str, *, names: list[str]) -> Transformation:
    """Optional members that are never there."""
    return _rewriting(lambda members: {name: value for name, value in members.items() if name not in names})


def as_strings(contract: str, *, names: list[str]) -> Transformation:
    """Numbers written as strings."""
    wanted = frozenset(names)

    def change(members: Mapping[str, Any]) -> Members:
        return {
            name: str(value) if name in wanted and isinstance(value, int) else value
            for name, value in members.items()
        }

    return _rewriting(change)


def bits(contract: str) -> Transformation:
    """Truth values of relations as 0 and 1."""
    return _rewriting(
        lambda members: {
            name: int(value) if name.endswith("_exists") else value for name, value in members.items()
        }
    )


def dates(contract: str, *, minutes: int, digits: int) -> Transformation:
    """The same instants at an offset from UTC, with a fraction of so many digits."""
    zone = timezone(timedelta(minutes=minutes))

    def change(members: Mapping[str, Any]) -> Members:
        return {
            name: _written(value, zone, digits) if name.endswith("_at") and value else value
            for name, value in members.items()
        }

    return _rewriting(change)


def database_times(contract: str) -> Transformation:
    """Instants in UTC without zone, a blank between date and time."""
    return _rewriting(
        lambda members: {
            name: _written(value, UTC, 0)[:19].replace("T", " ") if name.endswith("_at") and value else value
            for name, value in members.items()
        }
    )


def _written(text: str, zone: tzinfo, digits: int) -> str:
    local = datetime.fromisoformat(text).astimezone(zone).isoformat(timespec="microseconds")
    fraction = re.compile(r"\.(\d{6})")
    return fraction.sub(lambda match: ("." + match[1][:digits]) if digits else "", local)


def rewritten(
    contract: str,
    *,
    having: str,
    when: Mapping[str, Any] | None = None,
    rename: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    add: Mapping[str, Any] | None = None,
    values: Mapping[str, Mapping[Any, Any]] | None = None,
    camel: bool = False,
) -> Transformation:
    """Objects that have a certain member are shown otherwise, all of them in the answers of a condition.

    add: members, `$/pointer` standing for what is at that pointer of the object. values: member to old and
    new values. camel: names in camelCase.
    """

    def change(members: Members) -> Members:
        if having not in members:
            return members
        shown = {**members, **filled(add or {}, members)}
        for name, mapping in (values or {}).items():
            if name in shown and not isinstance(shown[name], (dict, list)):
                shown[name] = mapping.get(shown[name], shown[name])
        shown = {name: value for name, value in shown.items() if name not in drop}
        shown = {(rename or {}).get(name, name): value for name, value in shown.items()}
        return {_camel(name): value for name, value in shown.items()} if camel else shown

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not answer.body or not concerns(when or {}, asked) or not describes(when or {}, answer):
            return answer
        return answer.with_value(each_object(answer.value, change))

    return transformation


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
