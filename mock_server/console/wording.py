"""Template filters: values of the admin API as text.

Relative times and counts are written here. A library for them has more languages and units than are needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from mock_server.console.fault_form import argument_words, fault_label

_MISSED = {
    "method": "the method is {found}, not {wanted}",
    "segment": "segment {segment} is {found}, not {wanted}",
    "missing": "segment {segment} is missing: {wanted}",
    "surplus": "segment {segment} is not expected: {found}",
    "prefix": "the prefix is {found}, not {wanted}",
    "slash": "differs by a trailing slash",
    "letter_case": "segment {segment} is {found}, not {wanted}",
}
_FLAT = ("contract", "operation", "method")
"""Conditions that stand beside an override's reply."""

_TONES = {2: "good", 3: "info", 4: "warn", 5: "bad"}
_TONES_BY_DIGIT = {str(digit): tone for digit, tone in _TONES.items()}
"""For statuses as in OpenAPI, such as 404, 4XX and default."""
_STATES = {
    "good": {"active", "completed", "connected", "enabled", "ok", "ready", "succeeded", "success", "valid"},
    "bad": {"error", "expired", "failed", "invalid", "revoked"},
    "info": {"in_progress", "pending", "queued", "running", "started"},
}
_LONGEST = 60


def moment(text: str) -> str:
    """A date and time of day, UTC."""
    return _parsed(text).strftime("%-d %b %Y, %H:%M:%S")


def hour(text: str) -> str:
    """The time of day, UTC."""
    return _parsed(text).strftime("%H:%M:%S")


def day(text: str) -> str:
    """The weekday and date, UTC."""
    return _parsed(text).strftime("%A %-d %B %Y")


def ago(seconds: float) -> str:
    """A relative time. seconds: the time since then."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{_many(int(seconds // size), unit)} ago"
    return "just now" if seconds < 5 else f"{int(seconds)} seconds ago"


def plain(number: float) -> str:
    """A number without trailing zeros."""
    return f"{number:g}"


def status_tone(status: int) -> str:
    """The tone of a status, which is a CSS class."""
    return _TONES.get(status // 100, "quiet")


def policy(document: Mapping[str, Any]) -> str:
    """A lifecycle policy in one sentence."""
    duration = "After the declared time"
    if document["seconds"]:
        low, high = map(plain, document["seconds"])
        duration = f"After {low} to {high} seconds"
    end = {
        "at_once": "Ends at once",
        "after_seconds": duration,
        "after_reads": f"After {_many(document['reads'], 'read')}",
        "by_hand": f"By hand, in {_many(document['steps'], 'step')}",
    }[document["pace"]]
    if document["fail_at"] is not None:
        return f"{end}; fails at step {document['fail_at']} of {document['steps']}."
    return f"{end}; the outcome is {document['outcome']}." if document["outcome"] else f"{end}."


def policy_fields(lifecycle: Mapping[str, Any]) -> dict[str, Any]:
    """A lifecycle as the fields of its form."""
    document = lifecycle["policy"]
    return {
        "contract": lifecycle["contract"],
        "collection": lifecycle["collection"],
        "pace": document["pace"],
        "seconds": ", ".join(map(plain, document["seconds"] or ())),
        "reads": document["reads"],
        "steps": document["steps"],
        "fail_at": "" if document["fail_at"] is None else document["fail_at"],
        "outcome": document["outcome"] or "",
    }


def fault(rule: Mapping[str, Any]) -> str:
    """A fault with its arguments."""
    arguments = [
        words.format(_argument(rule[name])) for name, words in argument_words().items() if name in rule
    ]
    return ", ".join([fault_label(rule["kind"]), *arguments])


def when(conditions: Mapping[str, Any] | None) -> str:
    """The conditions of a fault rule or of an override."""
    conditions = conditions or {}
    parts = [whom(conditions)]
    if "world" in conditions:
        parts.append(f"in worlds {conditions['world']}")
    for part in ("path", "query", "headers", "body"):
        parts += [f"{part} {name} {_wanted(wanted)}" for name, wanted in conditions.get(part, {}).items()]
    if "role" in conditions:
        parts.append(f"as {conditions['role']}")
    if "calls" in conditions:
        parts.append(f"calls {', '.join(map(str, conditions['calls']))}")
    if conditions.get("every", 1) > 1:
        parts.append(f"one in {conditions['every']}")
    if "probability" in conditions:
        parts.append(f"{conditions['probability']:.0%} of them")
    if "times" in conditions:
        parts.append(f"at most {_many(conditions['times'], 'time')}")
    return ", ".join(parts)


def _wanted(wanted: Any) -> str:
    """The value that a condition asks for."""
    if isinstance(wanted, bool):
        return "sent" if wanted else "not sent"
    return json.dumps(wanted, ensure_ascii=False)


def whom(conditions: Mapping[str, Any]) -> str:
    """The requests that conditions or an override match."""
    target = "every request"
    if conditions.get("operation"):
        target = conditions["operation"]
    elif "contract" in conditions:
        target = f"everything in {conditions['contract']}"
    return f"{conditions['method']} {target}" if "method" in conditions else target


def armed_for(armed: Mapping[str, Any]) -> str:
    """The requests that an override is for, and how many of them."""
    target = when({**armed.get("when", {}), **{name: armed[name] for name in _FLAT if name in armed}})
    times = "until removed" if armed["times"] == "unlimited" else f"{armed['left']} of {armed['times']} left"
    return f"{target} · {times}"


def override(armed: Mapping[str, Any]) -> str:
    """The response that an override decides."""
    if "sequence" in armed:
        return f"Sequence of {len(armed['sequence'])}: {', '.join(map(_reply_words, armed['sequence']))}"
    if "reply" in armed:
        words = _reply_words(armed["reply"])
        return words[:1].upper() + words[1:]
    parts: list[str] = []
    if "code" in armed:
        parts.append(f"Status {armed['code']}")
    if "example" in armed:
        parts.append(f"example {armed['example']}")
    if "wait" in armed:
        parts.append(f"after {plain(armed['wait'])} s")
    return ", ".join(parts)


def _reply_words(reply: Mapping[str, Any] | str) -> str:
    """A reply of one's own."""
    if isinstance(reply, str):
        return "the usual reply"
    body = next((f" with {name}" for name in ("json", "body", "template") if name in reply), "")
    delay = f" after {plain(reply['delay'])} s" if "delay" in reply else ""
    return f"status {reply['status']}{body}{delay}"


def noted(entry: Mapping[str, Any]) -> Markup:
    """Faults, overrides, violations and changes of an exchange, as badges."""
    badges = [("rare", hit["kind"].replace("_", " ")) for hit in entry["faults"]]
    if entry["override"]:
        badges.append(("rare", "override"))
    if entry["violations"]:
        badges.append(("warn", _many(len(entry["violations"]), "violation")))
    if entry["changes"]:
        badges.append(("info", _many(len(entry["changes"]), "change")))
    return _badges(badges)


def missed(near: Mapping[str, Any]) -> str:
    """The differences between a request and an operation."""
    return "; ".join(
        _MISSED[difference["rule"]].format(
            segment=difference["segment"],
            found=_quoted(difference["found"]),
            wanted=_quoted(difference["wanted"]),
        )
        for difference in near["missed"]
    )


def broken(violation: Mapping[str, Any]) -> str:
    """A violation in a request."""
    limit = f" {violation['limit']}" if violation["limit"] else ""
    return f"{violation['where']} {violation['place']}: {violation['rule']}{limit}"


def indented(text: str) -> str:
    """A body from the journal: JSON with indentation, anything else unchanged."""
    try:
        return as_json(json.loads(text), 2)
    except ValueError:
        return text


def replies(operation: Mapping[str, Any]) -> Markup:
    """The statuses that an operation documents, as badges."""
    statuses = [status["status"] for status in operation["statuses"]]
    return _badges((_TONES_BY_DIGIT.get(status[0], "quiet"), status) for status in statuses)


def segment(key: str) -> str:
    """The key of a record as a path segment of the admin API."""
    return key.replace("/", "|")


def cell(value: Any, name: str) -> str | Markup:
    """A value in a table."""
    if value is None:
        return Markup('<span class="soft">&ndash;</span>')
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return Markup('<span class="soft">{}</span>').format(_many(len(value), "member"))
    if name in {"status", "state"}:
        tone = next((tone for tone, words in _STATES.items() if str(value).lower() in words), "quiet")
        return _badges([(tone, str(value))])
    return str(value)


def as_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON, with members in their order."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def shown(value: Any) -> str:
    """A JSON value in a comparison: on one line if it is short."""
    short = as_json(value)
    return short if len(short) <= _LONGEST else as_json(value, 2)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "empty"


def _badges(badges: Any) -> Markup:
    return Markup(" ").join(
        Markup('<span class="badge {}">{}</span>').format(tone, escape(words)) for tone, words in badges
    )


def _many(number: int, singular: str) -> str:
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"


def _argument(value: Any) -> str:
    if isinstance(value, dict):
        cap = f", at most {plain(value['cap_ms'])} ms" if "cap_ms" in value else ""
        return f"median {plain(value['median_ms'])} ms{cap}"
    if isinstance(value, list):
        return " to ".join(map(_argument, value))
    return plain(value) if isinstance(value, int | float) else str(value)


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


FILTERS: Mapping[str, Callable[..., Any]] = {
    template_filter.__name__: template_filter
    for template_filter in (
        *(
            moment,
            hour,
            day,
            ago,
            plain,
            status_tone,
            policy,
            policy_fields,
            fault,
            when,
            armed_for,
            override,
        ),
        *(noted, missed, broken, indented, replies, segment, cell, as_json, shown),
    )
}
"""The filters by name."""
