"""What both readers of YAML files, the mock's and the harness's, must make of the same text."""

from __future__ import annotations

from typing import Any

SCALARS: list[tuple[str, Any]] = [
    # text in YAML 1.2, something else in YAML 1.1
    ("no", "no"),
    ("Off", "Off"),
    ("12:30", "12:30"),
    ("2023-10-01", "2023-10-01"),
    ("2023-10-01T12:00:00Z", "2023-10-01T12:00:00Z"),
    ("1_000", "1_000"),
    ("=", "="),
    # numbers in YAML, but not in JSON: text, so that codes and identifiers keep their form
    ("08012", "08012"),
    ("010", "010"),
    ("-01", "-01"),
    ("0o14", "0o14"),
    ("0x1f98", "0x1f98"),
    ("+349", "+349"),
    (".inf", ".inf"),
    (".nan", ".nan"),
    ("00.5", "00.5"),
    # the same in YAML 1.2 and in JSON
    ("0", 0),
    ("-12", -12),
    ("1.50", 1.5),
    ("1e3", 1000.0),
    ("-2.5E-1", -0.25),
    (".01", 0.01),
    ("5.", 5.0),
    ("1.2.3", "1.2.3"),
    ("true", True),
    ("False", False),
    ("null", None),
    ("~", None),
    ("'5'", "5"),
    ("!!str 5", "5"),
    ("!!float 5", 5.0),
    ("{200: ok, no: x, 1.0: y, ~: z}", {"200": "ok", "no": "x", "1.0": "y", "~": "z"}),
    ("[{a: }]", [{"a": None}]),
]
"""A YAML text and its value."""

MERGES: dict[str, tuple[str, Any]] = {
    "own entries override merged ones": (
        "[&low {a: 1, b: 1}, {<<: *low, b: 2}]",
        [{"a": 1, "b": 1}, {"a": 1, "b": 2}],
    ),
    "wherever the merge key stands": (
        "[&low {a: 1, b: 1}, {b: 2, <<: *low}]",
        [{"a": 1, "b": 1}, {"a": 1, "b": 2}],
    ),
    "a mapping is merged with what it inherits, its own entries before": (
        "[&low {a: 1, b: 1}, &mid {<<: *low, b: 2, c: 2}, {<<: *mid, c: 3}]",
        [{"a": 1, "b": 1}, {"a": 1, "b": 2, "c": 2}, {"a": 1, "b": 2, "c": 3}],
    ),
    "three levels deep": (
        "[&one {a: 1, b: 1}, &two {<<: *one, a: 2}, &three {<<: *two, b: 3}, {<<: *three}]",
        [{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 3}, {"a": 2, "b": 3}],
    ),
    "earlier mappings of a list override later ones": (
        "[&one {a: 1, b: 1}, &two {<<: *one, b: 2}, {<<: [*two, *one]}, {<<: [*one, *two]}]",
        [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1, "b": 1}],
    ),
    "mappings of a list need no anchor": ("[{<<: [{a: 1}, {a: 2, b: 2}]}]", [{"a": 1, "b": 2}]),
    "a quoted << is a key like any other": ('[{"<<": {a: 1}}]', [{"<<": {"a": 1}}]),
    "<< that is no key is text": ("[<<]", ["<<"]),
}
"""A rule of the merge key type (yaml.org/type/merge.html), a text, and its value."""

JSON_TEXTS: list[tuple[str, Any]] = [
    ('{"smile": "\\ud83d\\ude00\\uD83D\\uDE01!"}', {"smile": "😀😁!"}),  # a surrogate pair is one character
    ('["\\\\ud83d\\\\ude00", "\\\\\\ud83d\\ude00"]', ["\\ud83d\\ude00", "\\😀"]),
    ('{\n\t"a":\t"b\\/c",\n\t"d":1e2}', {"a": "b/c", "d": 100.0}),
    ('["\x7f\x85\uffff"]', ["\x7f\x85\uffff"]),
    (' [{"<<": {"a": 1}}]', [{"<<": {"a": 1}}]),
    ("[]", []),
]
"""JSON that some YAML parsers refuse or misread, and its value."""

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
"""Encodings, with and without a byte order mark, that YAML 1.2 (section 5.2) has a reader recognize."""

REFUSED: dict[str, tuple[str, int]] = {
    "a tag": ("a: 1\nb: !secret x\n", 2),
    "a type JSON does not have": ("a: 1\nb: !!set {x, y}\n", 2),
    "a list as a key": ("a: 1\n[b]: 2\n", 2),
    "a merge of text": ("a: 1\n<<: b\n", 2),
    "a merge of a list of text": ("a: 1\n<<: [b]\n", 2),
    "a number too large for a double": ("a: 1\nb: 1e999\n", 2),
    "a number of five thousand digits": ("a: 1\nb: " + "9" * 5000 + "\n", 2),
    "a type its text does not have": ("a: 1\nb: !!int x\n", 2),
    "half of a surrogate pair": ('["a",\n "\\ud83d"]', 2),
    "a value that contains itself": ("a: 1\nb: &b\n  c: *b\n", 2),
    "a merge of itself": ("a: 1\nb: &b\n  <<: *b\n", 2),
    "an unknown alias": ("a: 1\nb: *c\n", 2),
}
"""What is refused, a text that has it, and the line where it stands."""


def bomb(entry: str) -> str:
    """A document that is small as text and has 10^20 values with all aliases replaced ("billion laughs")."""
    levels = ["l0: &l0 {x: 1}"]
    levels += [f"l{at}: &l{at} {entry.replace('*', f'*l{at - 1}')}" for at in range(1, 21)]
    return "\n".join(levels)


BOMBS = {
    "lists": bomb("[*, *, *, *, *, *, *, *, *, *]"),
    "merges": bomb("{<<: [*, *, *, *, *, *, *, *, *, *]}"),
}
"""Documents whose aliases would fill any memory."""

DEEP = "{a: " * 900 + "1" + "}" * 900
"""Nested more deeply than a recursive reader follows."""
