"""The keys that the schemas of a collection allow: the n-th one, and a new one that is free."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mock_server.sampling.sampler import SampleOptions, Sampler
from mock_server.sampling.shapes import Shape

if TYPE_CHECKING:
    from mock_server.behaviours.declared import Collection
    from mock_server.contract.operation import Schema

NUMERIC_TYPES = frozenset({"integer", "number"})
"""The JSON types of keys that are consecutive numbers."""

_LARGEST: Mapping[str, int] = {"int32": 2**31 - 1, "int64": 2**63 - 1}
_ATTEMPTS = 20
"""Maximum number of texts that are generated for one number."""
_TRIES = 200
"""Maximum number of texts that are generated in search of a free one."""


@dataclass(frozen=True, slots=True)
class KeySpace:
    """The keys of one collection.

    nth: the n-th key, from 1; None for one that cannot be part of a path. size: number of different keys,
    None if that is unknown or unlimited.
    """

    nth: Callable[[int], Any]
    size: int | None = None

    def free(self, number: int, is_taken: Callable[[Any], bool]) -> Any:
        """Return the first free key from the n-th on, or None if there is none.

        The search ends: in a limited space after all keys, else after a fixed number of attempts.
        """
        count = _TRIES if self.size is None else self.size
        for attempt in range(number - 1, number - 1 + count):
            key = self.nth(attempt % (self.size or attempt + 1) + 1)
            if key is not None and not is_taken(key):
                return key
        return None


def key_space(
    collection: Collection, schema: Schema | None, *, shape: Shape, own: Shape, sampler: Sampler
) -> KeySpace:
    """Return the keys that a schema allows.

    schema, shape: of the key in records and paths together. own: the shape of the key in records. If paths
    declare a number but records a string, keys are strings of digits.
    """
    options = _options(shape)
    if options:
        return KeySpace(lambda number: options[number - 1], len(options))
    if collection.ids == "integer" or shape.json_type in NUMERIC_TYPES:
        return _numbers(shape.keywords, as_text=own.json_type == "string")
    if collection.ids == "uuid":
        return KeySpace(lambda number: sampler.rng.uuid(collection.storage, number))
    return KeySpace(lambda number: _text(collection, schema, number, sampler))


def _options(shape: Shape) -> list[Any]:
    """The keys that an enumeration lists; none without one."""
    keywords = shape.keywords
    listed = [keywords["const"]] if "const" in keywords else keywords.get("enum", [])
    return [key for key in listed if isinstance(key, str | int) and fits_path(key)]


def fits_path(key: Any) -> bool:
    """Whether a key can be one segment of a path."""
    return str(key) not in {"", ".", ".."} and "/" not in str(key)


def _numbers(keywords: Mapping[str, Any], *, as_text: bool) -> KeySpace:
    """Consecutive integers within the bounds of these keywords, from the documented example or 1 on."""
    high = keywords.get("maximum", _LARGEST.get(str(keywords.get("format")), _LARGEST["int64"]))
    if isinstance(keywords.get("exclusiveMaximum"), int | float):
        high = min(high, -(-keywords["exclusiveMaximum"] // 1) - 1)
    low = keywords.get("minimum", min(1, high))
    if low < 0 and high >= 1:  # a format allows negative numbers, but no platform begins with its smallest
        low = 1
    if isinstance(keywords.get("exclusiveMinimum"), int | float):
        low = max(low, keywords["exclusiveMinimum"] // 1 + 1)
    multiple = keywords.get("multipleOf", 1)
    step = int(multiple) if multiple >= 1 and multiple == int(multiple) else 1
    example = keywords.get("example")
    if isinstance(example, int) and not isinstance(example, bool) and low <= example <= high:
        low = example
    first = int(-(-low // step) * step)
    size = max(int(high - first) // step + 1, 1)

    def nth(number: int) -> int | str:
        key = first + (number - 1) * step
        return str(key) if as_text else key

    return KeySpace(nth, size)


def _example(schema: Schema | None, sampler: Sampler) -> Any:
    """The example of a key's schema, None without one."""
    return sampler.shape(schema, (), SampleOptions()).keywords.get("example")


def _text(collection: Collection, schema: Schema | None, number: int, sampler: Sampler) -> str | None:
    """A text that the schema allows; None if none of the generated ones can be part of a path."""
    for attempt in range(_ATTEMPTS):
        place = (collection.storage, collection.key, number, attempt, collection.key)
        key = sampler.sample(schema, place, SampleOptions(use_examples=number == 1 and attempt == 0))
        if not isinstance(key, str) or not fits_path(key):
            continue
        # Some schemas leave no choice but their example.
        varied = f"{key}{number}" if number > 1 and key == _example(schema, sampler) else key
        if varied == key or sampler.holds(schema or True, varied):
            return varied
    usual = f"{collection.name}-{number}"
    return usual if schema is None or sampler.holds(schema, usual) else None
