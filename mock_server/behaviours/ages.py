"""The ages of records: the times of fixtures refer to the start, so that their data never grows old.

A fixture file with `as_of: 2026-11-16` was written as of that day: all its times move by the days from then
to the start. And any record may have a time as a distance from the start: `-2d`, `+90m`, or `-2d 09:30:00`,
the time of that day in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mock_server.clock import to_rfc3339

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)([Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d))", re.ASCII)
_DISTANCE = re.compile(r"([+-]\d{1,5})([dhm])(?: (\d\d):(\d\d):(\d\d))?", re.ASCII)
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def aged(value: Any, start: datetime, as_of: date | None = None) -> Any:
    """A value of a fixture or scenario with its times at the start; the same object where it has none.

    start: the time to which ages refer. as_of: the day as of which the value was written, None for a value
    whose absolute times stay.
    """
    start = start.astimezone(UTC)
    days = 0 if as_of is None else (start.date() - as_of).days
    return _aged(value, start, days)


def _aged(value: Any, start: datetime, days: int) -> Any:
    if isinstance(value, str):
        return _aged_text(value, start, days)
    if isinstance(value, Mapping):
        members = {name: _aged(member, start, days) for name, member in value.items()}
        return members if _differs(members.values(), value.values()) else value
    if isinstance(value, list):
        entries = [_aged(entry, start, days) for entry in value]
        return entries if _differs(entries, value) else value
    return value


def _differs(new: Any, old: Any) -> bool:
    return any(left is not right for left, right in zip(new, old, strict=True))


def _aged_text(text: str, start: datetime, days: int) -> str:
    if days and (moment := _TIME.fullmatch(text)):
        try:
            moved = date.fromisoformat(moment[1]) + timedelta(days=days)
        except (ValueError, OverflowError):
            return text
        return f"{moved.isoformat()}{moment[2]}"
    distance = _DISTANCE.fullmatch(text)
    if distance is None:
        return text
    number, unit, *clock = distance.groups()
    moment_then = start.replace(microsecond=0) + timedelta(**{_UNITS[unit]: int(number)})
    if clock[0] is None:
        return to_rfc3339(moment_then)
    hour, minute, second = map(int, clock)
    if unit != "d" or hour > 23 or minute > 59 or second > 59:
        return text
    return to_rfc3339(datetime.combine(moment_then.date(), time(hour, minute, second), UTC))
