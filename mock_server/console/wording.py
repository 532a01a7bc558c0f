"""How the pages say what the admin API tells: the filters of their templates."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup, escape

from mock_server.console.fault_form import argument_words, fault_label

_MISSED = {
    "method": "asked with {found}, not {wanted}",
    "segment": "segment {segment} is {found}, not {wanted}",
    "missing": "segment {segment} is missing: {wanted}",
    "surplus": "segment {segment} is too much: {found}",
    "prefix": "the prefix is {found}, not {wanted}",
    "slash": "differs by a slash at the end",
    "letter_case": "segment {segment} is {found}, not {wanted}",
}
_TONES = {2: "good", 3: "info", 4: "warn", 5: "bad"}
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
    """The date in words, UTC."""
    return _parsed(text).strftime("%A %-d %B %Y")


def ago(seconds: float) -> str:
    """How long something is past."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{_many(int(seconds // size), unit)} ago"
    return "just now" if seconds < 5 else f"{int(seconds)} seconds ago"


def plain(number: float) -> str:
    """A number without a fraction that says nothing."""
    return f"{number:g}"


def status_tone(status: int) -> str:
    """The tone of a status."""
    return _TONES.get(status // 100, "quiet")


def policy(document: Mapping[str, Any]) -> str:
    """A lifecycle policy in one sentence."""
    seconds = document["seconds"]
    end = {
        "at_once": "Over at once",
        "after_seconds": f"After {plain(seconds[0])} to {plain(seconds[1])} seconds"
        if seconds
        else "By the clock, as long as declared",
        "after_reads": f"After {_many(document['reads'], 'read')}",
        "by_hand": f"By hand, in {_many(document['steps'], 'step')}",
    }[document["pace"]]
    if document["fail_at"] is not None:
        return f"{end}; fails at step {document['fail_at']} of {document['steps']}."
    return f"{end}; ends {document['outcome']}." if document["outcome"] else f"{end}."


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
    """What a fault rule does."""
    said = [words.format(_told(rule[name])) for name, words in argument_words().items() if name in rule]
    return ", ".join([fault_label(rule["kind"]), *said])


def when(conditions: Mapping[str, Any] | None) -> str:
    """On which requests a fault rule strikes."""
    said = conditions or {}
    parts = [whom(said)]
    parts += [f"as {said['role']}"] if "role" in said else []
    parts += [f"calls {', '.join(map(str, said['calls']))}"] if "calls" in said else []
    parts += [f"one in {said['every']}"] if said.get("every", 1) > 1 else []
    parts += [f"{said['probability']:.0%} of them"] if "probability" in said else []
    parts += [f"at most {_many(said['times'], 'time')}"] if "times" in said else []
    return ", ".join(parts)


def whom(said: Mapping[str, Any]) -> str:
    """Which requests are meant."""
    method = [said["method"]] if "method" in said else []
    named = said.get("operation") or (f"everything in {said['contract']}" if "contract" in said else "")
    return " ".join([*method, named or "every request"])


def override(armed: Mapping[str, Any]) -> str:
    """What an override answers."""
    parts = [f"Status {armed['code']}"] if "code" in armed else []
    parts += [f"example {armed['example']}"] if "example" in armed else []
    parts += [f"{plain(armed['wait'])} s late"] if "wait" in armed else []
    return ", ".join(parts)


def noted(entry: Mapping[str, Any]) -> Markup:
    """What is worth a look in an exchange, as badges."""
    badges = [("rare", hit["kind"].replace("_", " ")) for hit in entry["faults"]]
    badges += [("rare", "override")] if entry["override"] else []
    badges += [("warn", _many(len(entry["violations"]), "violation"))] if entry["violations"] else []
    badges += [("info", _many(len(entry["changes"]), "change"))] if entry["changes"] else []
    return _badges(badges)


def missed(near: Mapping[str, Any]) -> str:
    """What kept a request from an operation."""
    return "; ".join(
        _MISSED[difference["rule"]].format(
            segment=difference["segment"],
            found=_quoted(difference["found"]),
            wanted=_quoted(difference["wanted"]),
        )
        for difference in near["missed"]
    )


def broken(violation: Mapping[str, Any]) -> str:
    """A rule that a request broke."""
    limit = f" {violation['limit']}" if violation["limit"] else ""
    return f"{violation['where']} {violation['place']}: {violation['rule']}{limit}"


def indented(text: str) -> str:
    """A body as the journal keeps it: JSON laid out, anything else as it is."""
    try:
        return as_json(json.loads(text), 2)
    except ValueError:
        return text


def replies(operation: Mapping[str, Any]) -> Markup:
    """The statuses an operation documents, as badges."""
    return _badges(
        (
            _TONES.get(int(status["status"][0]) if status["status"][0].isdigit() else 0, "quiet"),
            status["status"],
        )
        for status in operation["statuses"]
    )


def segment(key: str) -> str:
    """A record's key as it stands in a path of the admin API."""
    return key.replace("/", "|")


def cell(value: Any, name: str) -> str | Markup:
    """A value in a table."""
    if value is None:
        return Markup('<span class="soft">&ndash;</span>')
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list):
        return Markup('<span class="soft">{}</span>').format(_many(len(value), "member", "members"))
    if name in {"status", "state"}:
        tone = next((tone for tone, words in _STATES.items() if str(value).lower() in words), "quiet")
        return _badges([(tone, str(value))])
    return str(value)


def as_json(value: Any, indent: int | None = None) -> str:
    """A value as JSON, its members in their order."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def shown(value: Any) -> str:
    """A JSON value in a comparison: short ones on one line."""
    short = as_json(value)
    return short if len(short) <= _LONGEST else as_json(value, 2)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else "empty"


def _badges(badges: Any) -> Markup:
    return Markup(" ").join(
        Markup('<span class="badge {}">{}</span>').format(tone, escape(words)) for tone, words in badges
    )


def _many(number: int, singular: str, several: str = "") -> str:
    return f"{number} {singular if number == 1 else several or singular + 's'}"


def _told(value: Any) -> str:
    if isinstance(value, dict):
        cap = f", at most {plain(value['cap_ms'])} ms" if "cap_ms" in value else ""
        return f"mostly about {plain(value['median_ms'])} ms{cap}"
    if isinstance(value, list):
        return " to ".join(map(_told, value))
    return plain(value) if isinstance(value, int | float) else str(value)


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


FILTERS: Mapping[str, Callable[..., Any]] = {
    made.__name__: made
    for made in (
        *(moment, hour, day, ago, plain, status_tone, policy, policy_fields, fault, when, whom, override),
        *(noted, missed, broken, indented, replies, segment, cell, as_json, shown),
    )
}
"""By the name templates use."""
