"""Values that hold no others: numbers within their bounds, texts of their format, one of a list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

from jsonschema_rs import Draft202012Validator

from mock_server.sampling.shapes import Shape
from mock_server.sampling.texts import Place, Texts, numbered, trimmed
from mock_server.seeded_random import SeededRandom

_ATTEMPTS = 24
_SCALAR = (
    "type", "enum", "const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
)  # fmt: skip


@dataclass(slots=True)
class Scalars:
    """Makes and judges scalars; equal places give equal ones. chance: where they come from."""

    rng: SeededRandom
    _texts: Texts = field(init=False)
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._texts = Texts(self.rng)

    def holds(self, shape: Shape, value: Any) -> bool:
        """Whether a scalar satisfies what the shape says of scalars; a rule that cannot be compiled holds."""
        schema = {key: shape.keywords[key] for key in _SCALAR if key in shape.keywords}
        key = json.dumps(schema, sort_keys=True, default=str)
        if key not in self._validators:
            try:
                self._validators[key] = Draft202012Validator(schema, validate_formats=True)
            except ValueError:
                return True
        return self._validators[key].is_valid(value)

    def sample(self, shape: Shape, place: Place) -> Any:
        """A made-up scalar of the shape."""
        kind = shape.json_type
        options = [value for value in shape.keywords.get("enum", ()) if value is not None]
        if options:
            return self.rng.choice(options, *place)
        if shape.keywords.get("enum") or kind == "null":
            return None
        if kind == "boolean":
            return self.rng.choice([True, False], *place)
        if kind in {"integer", "number"}:
            return self._number(shape, kind, place)
        return self._text(shape, place)

    def _number(self, shape: Shape, kind: str, place: Place) -> int | float:
        usual = numbered(_last_name(place)) or (1, 100)
        step = shape.keywords.get("multipleOf") or (1 if kind == "integer" else 0.01)
        low, high = _bounds(shape.keywords, step, usual)
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        number = step * self.rng.integer(first, max(first, last), *place)
        return int(number) if kind == "integer" else round(number, 6)

    def _text(self, shape: Shape, place: Place) -> str:
        keywords = shape.keywords
        text = None
        if isinstance(keywords.get("pattern"), str):
            text = self._matching(shape, place)
        if text is None and isinstance(keywords.get("format"), str):
            text = self._texts.format(keywords["format"], place)
        if text is None:
            text = self._texts.named(_last_name(place), place)
        if self.holds(shape, text):
            return text
        more = iter(range(10_000))
        return trimmed(
            text,
            keywords.get("minLength", 0),
            keywords.get("maxLength"),
            lambda: self._texts.fake("word", (*place, next(more))),
        )

    def _matching(self, shape: Shape, place: Place) -> str | None:
        for attempt in range(_ATTEMPTS):
            text = self._texts.matching(shape.keywords["pattern"], (*place, attempt))
            if text is None:
                return None
            if self.holds(shape, text):
                return text
        return None


def _last_name(place: Place) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "")


def _bounds(keywords: Mapping[str, Any], step: float, usual: tuple[int, int]) -> tuple[float, float]:
    lows = [
        keywords[key] + gap for key, gap in (("minimum", 0), ("exclusiveMinimum", step)) if key in keywords
    ]
    highs = [
        keywords[key] - gap for key, gap in (("maximum", 0), ("exclusiveMaximum", step)) if key in keywords
    ]
    low, high = (max(lows) if lows else None), (min(highs) if highs else None)
    width = usual[1] - usual[0]
    if low is None and high is None:
        return usual
    if low is None:
        low = min(usual[0], high - width) if high is not None else usual[0]
    if high is None:
        high = usual[1] if usual[1] > low else low + width
    return (
        (max(low, usual[0]), min(high, usual[1]))
        if max(low, usual[0]) <= min(high, usual[1])
        else (low, high)
    )
