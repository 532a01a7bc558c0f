"""The members of a record that has just been created, where the request does not say."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from mock_server.clock import to_rfc3339
from mock_server.contract.operation import Schema
from mock_server.contract.validation import nullable
from mock_server.sampling.meanings import epoch_unit, is_future, is_moment, normalized
from mock_server.sampling.place import Place
from mock_server.sampling.sampler import NO_VALUE, SampleOptions, Sampler
from mock_server.sampling.shapes import Shape, branches_of, plain_shape

STATE_MEMBERS = frozenset({"status", "state", "phase", "stage"})
"""Normalized names of members that hold the state of a record."""

_COUNTER = re.compile(
    r"count$|^(num|number)(of)?[a-z]+|total[a-z]*s$|attempts$|retries$|views$|likes$|(downloads|uploads|followers"
    r"|usage|used|progress|uptime|position|amount(received|paid|refunded|captured)|balance)$"
)
_END = re.compile(
    r"cancel|expired|failed|failure|error|completed?$|succeeded|success|finished|done$|closed|rejected|declined"
    r"|deleted|archived|aborted|revoked|blocked|disabled|suspended|denied|ended$|inactive"
)
"""Normalized names of states in which no record begins."""
_BEGINNING = re.compile(
    r"^(new|draft|pending|open|created|queued|waiting|incomplete|submitted|requires|initial)"
)
"""Normalized names of states in which records begin."""
_QUOTED = re.compile(r"`([A-Za-z][\w-]*)`")
_POPULATED = re.compile(r"\bpopulated by (the )?(system|server)\b", re.I)
"""What descriptions say of members that the server sets though a request has them, too."""
_CREATION = re.compile(r"^creat(ed|ion)")
_ON = re.compile(r"^(is)?(active|enabled|open|valid|available|visible)$")
_NEW = re.compile(r"^(date)?(created|added|inserted|registered|updated|modified|lastmodified|changed)")

_MOST_RECENT = re.compile(r"(created|added|updated|modified|changed|timestamp|date)")


def completed(
    sampler: Sampler,
    schema: Schema,
    place: Place,
    record: Mapping[str, Any],
    *,
    now: datetime,
    writable: Container[str],
    example: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a new record with the members that the server sets.

    These are the members that a request cannot set: constants, the first state, counters at 0, switches that
    are off, empty lists, times of now. Members that a request could have set are left out, except those with
    a default and switches that an example shows. record: the members that are known. place: seed of generated
    parts. writable: names of the members that a request can set. example: of a created record; its state
    counts.
    """
    whole = dict(record)
    options = SampleOptions()
    schema = _fitting(sampler, schema, record)
    members = sampler.shape(schema, place, options).properties
    for name, value in record.items():
        if isinstance(value, dict) and name in members:
            whole[name] = _with_populated(sampler, members[name], (*place, name), value, now)
    if members.keys() <= whole.keys():
        return whole
    for name, member_schema in members.items():
        if name in whole:
            continue
        shape = sampler.shape(member_schema, (*place, name), options)
        if shape.keywords.get("writeOnly") is True:
            continue
        value = _initial(name, shape, now, example or {}, is_writable=name in writable)
        if (
            value is NO_VALUE
            and (shape.nullable or nullable(member_schema, sampler.contract.schemas))
            and name not in writable
            and (example or {}).get(name) is None
        ):
            # What the server finds out later is not there yet.
            value = None
        if value is NO_VALUE and name not in writable and not _happens_later(name, shape):
            value = sampler.sample(member_schema, (*place, name), SampleOptions(depth=1))
        if value is not NO_VALUE:
            whole[name] = value
    return whole


def _fitting(sampler: Sampler, schema: Schema, record: Mapping[str, Any]) -> Schema:
    """The alternative that a record is of, by what its members with few values say: type: email.

    The schema itself where no alternative is excluded by them.
    """
    schemas = sampler.contract.schemas
    branches = list(branches_of(schema, schemas))
    if len(branches) < 2:
        return schema
    fitting = [
        branch for branch in branches if not _contradicts(plain_shape(branch, schemas), record, sampler)
    ]
    return fitting[0] if 0 < len(fitting) < len(branches) else schema


def _contradicts(shape: Shape, record: Mapping[str, Any], sampler: Sampler) -> bool:
    """Whether a member of a record has a value that its enumeration in a schema does not list."""
    for name in record.keys() & shape.properties.keys():
        keywords = plain_shape(shape.properties[name], sampler.contract.schemas).keywords
        allowed = [keywords["const"]] if "const" in keywords else keywords.get("enum")
        if allowed is not None and record[name] not in allowed:
            return True
    return False


def _with_populated(
    sampler: Sampler, schema: Schema, place: Place, sent: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """An object of a request with what the server adds to it: the time of its creation, and the members that
    it populates as their descriptions say (metadata.uid)."""
    whole = dict(sent)
    options = SampleOptions()
    for name, member_schema in sampler.shape(schema, place, options).properties.items():
        shape = sampler.shape(member_schema, (*place, name), options)
        if name in sent or _happens_later(name, shape):
            continue
        is_populated = _POPULATED.search(str(shape.keywords.get("description")))
        value = _by_type(name, normalized(name), shape, now) if is_populated else NO_VALUE
        if _CREATION.match(normalized(name)) and shape.json_type == "string":
            value = _instant(name, shape, now)
        if value is NO_VALUE and is_populated:
            value = sampler.sample(member_schema, (*place, name), SampleOptions(depth=1))
        if value is not NO_VALUE:
            whole[name] = value
    return whole


def described_states(description: Any) -> list[str]:
    """Return the states that a description lists: "Can be: `pending`, `approved` or `canceled`"."""
    states = _QUOTED.findall(description) if isinstance(description, str) else []
    return states if len(states) > 1 else []


def first_state(options: list[Any]) -> Any:
    """Return the state of a new record among those of an enumeration, which may be sorted by name.

    The first, unless that is an end: then one that is named like a beginning, else the first that is no end.
    """
    if not _END.search(normalized(str(options[0]))):
        return options[0]
    begun = (option for option in options if _BEGINNING.search(normalized(str(option))))
    others = (option for option in options if not _END.search(normalized(str(option))))
    return next(begun, next(others, options[0]))


def _initial(name: str, shape: Shape, now: datetime, example: Mapping[str, Any], *, is_writable: bool) -> Any:
    """The value that a member of a new record always has, or NO_VALUE."""
    keywords, word = shape.keywords, normalized(name)
    options = [option for option in keywords.get("enum", ()) if option is not None]
    if word in STATE_MEMBERS and not options and shape.json_type == "string":
        options = described_states(keywords.get("description"))
    if word in STATE_MEMBERS and (options or "default" in keywords):
        documented = example.get(name, keywords.get("default"))
        return documented if documented in options or not options else first_state(options)
    for keyword in ("const", "default"):
        if keyword in keywords:
            return keywords[keyword]
    if len(options) == 1:
        return options[0]
    if is_writable:
        is_switch = shape.json_type == "boolean" and not shape.nullable
        is_documented = isinstance(example.get(name, keywords.get("example")), bool)
        return bool(_ON.match(word)) if is_switch and is_documented else NO_VALUE
    shown = example.get(name)
    if shape.json_type == "array" and isinstance(shown, list) and shown:
        return shown
    return _by_type(name, word, shape, now)


def _by_type(name: str, word: str, shape: Shape, now: datetime) -> Any:
    """The value that a member which the server sets begins with, or NO_VALUE."""
    if shape.json_type == "boolean":
        return bool(_ON.match(word))
    if shape.json_type == "array":
        return NO_VALUE if shape.keywords.get("minItems") else []
    is_now = bool(_NEW.match(word)) or word in {"timestamp", "date"}
    if shape.json_type in {"integer", "number"}:
        return _number(name, word, shape, now, is_now=is_now)
    return _instant(name, shape, now) if shape.json_type == "string" and is_now else NO_VALUE


def _number(name: str, word: str, shape: Shape, now: datetime, *, is_now: bool) -> Any:
    unit = epoch_unit(name, shape.keywords)
    if unit is not None:
        return int(now.timestamp()) * unit if is_now else NO_VALUE
    return max(0, shape.keywords.get("minimum", 0)) if _COUNTER.search(word) else NO_VALUE


def _instant(name: str, shape: Shape, now: datetime) -> Any:
    """The present in the format of a member, NO_VALUE for another format."""
    declared = shape.keywords.get("format", "date-time" if is_moment(name) else "")
    if declared == "date":
        return now.date().isoformat()
    return to_rfc3339(now) if declared == "date-time" else NO_VALUE


def _happens_later(name: str, shape: Shape) -> bool:
    """Whether a member is the time of something that has not happened to a new record: cancelled_at."""
    is_time = shape.keywords.get("format") in {"date-time", "date"} or is_moment(name)
    word = normalized(name)
    is_recent = bool(_MOST_RECENT.search(word)) and not word.startswith("delet")
    return is_time and not is_future(name) and not is_recent
