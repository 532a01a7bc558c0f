"""Generate scalars: numbers within bounds, strings by format, pattern or name, values of an enum."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from math import ceil, floor
from typing import Any

from jsonschema_rs import Draft202012Validator

from mock_server.contract.patterns import BOUNDED
from mock_server.sampling.meanings import epoch_unit, meaning_of, usual_range
from mock_server.sampling.place import Place, last_name
from mock_server.sampling.shapes import Shape
from mock_server.sampling.texts import Texts, with_length
from mock_server.seeded_random import SeededRandom

_ATTEMPTS = 24
_LONGEST = 100_000
"""Characters of a generated text, whatever the schema asks for."""

_CACHED = 50_000
"""Number of shapes whose validators are remembered before they are forgotten together."""

_IDENTIFIER = re.compile(r"(?=.*\d)[A-Za-z0-9]+([_-][A-Za-z0-9]+)*")
_CODES = frozenset({"currency", "country", "language"})
_LOWER_CASE = re.compile(r"lower[- ]?case", re.IGNORECASE)
_SCALAR = (
    "type", "enum", "const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
)  # fmt: skip


@dataclass(slots=True)
class Scalars:
    """Generates and validates scalars. Equal shapes, places and seeds give equal values."""

    rng: SeededRandom
    _texts: Texts = field(init=False)
    _validators: dict[str, Draft202012Validator | None] = field(default_factory=dict)
    _by_shape: dict[int, tuple[Shape, Draft202012Validator | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._texts = Texts(self.rng)

    def holds(self, shape: Shape, value: Any) -> bool:
        """Whether a scalar satisfies the shape's keywords for scalars.

        Keywords that cannot be compiled (e.g. a pattern that the validator does not support) are ignored.
        """
        known = self._by_shape.get(id(shape))
        validator = known[1] if known is not None else self._validator(shape)
        return validator is None or validator.is_valid(value)

    def _validator(self, shape: Shape) -> Draft202012Validator | None:
        """The compiled keywords for scalars, None if they cannot be compiled. Equal keywords share one."""
        schema = {key: shape.keywords[key] for key in _SCALAR if key in shape.keywords}
        key = json.dumps(schema, sort_keys=True, default=str)
        if key not in self._validators:
            try:
                self._validators[key] = Draft202012Validator(
                    schema, validate_formats=True, pattern_options=BOUNDED
                )
            except ValueError:
                self._validators[key] = None
        if len(self._by_shape) >= _CACHED:
            self._by_shape.clear()
        # The shape is stored beside its validator so that its id() is not reused.
        self._by_shape[id(shape)] = (shape, self._validators[key])
        return self._validators[key]

    def sample(self, shape: Shape, place: Place) -> Any:
        """Generate a scalar of the shape."""
        json_type = shape.json_type
        options = [value for value in shape.keywords.get("enum", ()) if value is not None]
        if options:
            return self.rng.choice(options, *place)
        # An enum that lists nothing but null.
        if shape.keywords.get("enum") or json_type == "null":
            return None
        if json_type == "boolean":
            return self.rng.choice([True, False], *place)
        if json_type in {"integer", "number"}:
            return self._number(shape, place)
        return self._text(shape, place)

    def _number(self, shape: Shape, place: Place) -> int | float:
        is_integer = shape.json_type == "integer"
        epoch = self._epoch(shape, place)
        if epoch is not None:
            return epoch
        usual = self._usual_range(shape, place)
        step = shape.keywords.get("multipleOf") or (1 if is_integer else 0.01)
        low, high = _bounds(shape.keywords, step, usual)
        # The tolerance keeps bounds that are multiples of the step despite binary fractions (0.3 / 0.1 < 3).
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        number = step * self.rng.integer(first, max(first, last), *place)
        return int(number) if is_integer else round(number, 6)

    def _epoch(self, shape: Shape, place: Place) -> int | None:
        """The number as a time since 1970, or None if it is none or its bounds exclude the present."""
        unit = epoch_unit(last_name(place), shape.keywords)
        if unit is None:
            return None
        epoch = int(self._texts.moment(place).timestamp()) * unit
        return epoch if self.holds(shape, epoch) else None

    def _usual_range(self, shape: Shape, place: Place) -> tuple[int, int]:
        """The range that the member's name suggests, else one around the example."""
        usual = usual_range(last_name(place), shape.keywords)
        if usual is not None:
            return usual
        example = shape.keywords.get("example")
        if isinstance(example, int | float) and not isinstance(example, bool) and abs(example) > 1:
            low, high = sorted((example / 2, example * 3 / 2))
            return floor(low), ceil(high)
        return 1, 100

    def _text(self, shape: Shape, place: Place) -> str:
        keywords = shape.keywords
        text = None
        if isinstance(keywords.get("pattern"), str):
            # A pattern often says less than the name of its member.
            meant = self._by_meaning(shape, place)
            text = meant if self.holds(shape, meant) else self._matching(shape, place)
        if text is None and isinstance(keywords.get("format"), str):
            text = self._texts.by_format(keywords["format"], place)
        if text is None:
            text = self._by_meaning(shape, place)
        if self.holds(shape, text):
            return text
        numbers = count()
        return with_length(
            text,
            min(keywords.get("minLength", 0), _LONGEST),
            keywords.get("maxLength"),
            lambda: self._texts.fake("word", (*place, next(numbers))),
        )

    def _by_meaning(self, shape: Shape, place: Place) -> str:
        """A string like the example if that is an identifier, else one of the member's meaning.

        Without a meaning the example itself, which several records then share, else a word.
        """
        example = shape.keywords.get("example")
        if isinstance(example, str) and _IDENTIFIER.fullmatch(example) and self.holds(shape, example):
            return self._texts.varied(example, place)
        meaning = meaning_of(place, shape.keywords)
        if meaning is not None:
            text = self._texts.by_meaning(meaning, place)
            is_lower = meaning in _CODES and _LOWER_CASE.search(str(shape.keywords.get("description", "")))
            return text.lower() if is_lower else text
        if isinstance(example, str) and example and self.holds(shape, example):
            return example
        return self._texts.fake("word", place)

    def _matching(self, shape: Shape, place: Place) -> str | None:
        """A string that matches the pattern and, if possible, the other keywords; else None."""
        for attempt in range(_ATTEMPTS):
            text = self._texts.matching(shape.keywords["pattern"], (*place, attempt))
            if text is None:
                return None
            if self.holds(shape, text):
                return text
        return None


def _bounds(keywords: Mapping[str, Any], step: float, usual: tuple[int, int]) -> tuple[float, float]:
    """The range to generate in: the usual one as far as the schema allows it, else the schema's.

    step: distance of two generated numbers, by which exclusive bounds are moved inwards. usual: the range
    that fits the member's name.
    """
    usual_low, usual_high = usual
    width = usual_high - usual_low
    lows = [keywords["minimum"]] if "minimum" in keywords else []
    if "exclusiveMinimum" in keywords:
        lows.append(keywords["exclusiveMinimum"] + step)
    highs = [keywords["maximum"]] if "maximum" in keywords else []
    if "exclusiveMaximum" in keywords:
        highs.append(keywords["exclusiveMaximum"] - step)
    if not lows and not highs:
        return usual
    low = max(lows) if lows else min(usual_low, min(highs) - width)
    above_low = usual_high if usual_high > low else low + width
    high = min(highs) if highs else above_low
    if max(low, usual_low) <= min(high, usual_high):
        return max(low, usual_low), min(high, usual_high)
    return low, high
