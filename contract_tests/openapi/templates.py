"""Which of a document's paths the path of a request fits."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.paths import filled_plainly, names_in, normal

_PARAMETER = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, eq=False)
class Template:
    """One path of a document.

    path: without a slash at its end. key: the path parameter of the items below it, None where there are
    none. operations: by method.
    """

    path: str
    operations: Mapping[str, Operation]
    key: str | None

    @property
    def place(self) -> str:
        """The path without an ending such as `.json`."""
        return normal(self.path)

    @property
    def is_item(self) -> bool:
        """Whether its last segment names one object: `thumbnail.{extension}` names a form of another."""
        return _ends_in_object(self.place)

    @property
    def is_collection(self) -> bool:
        """Whether its items have a path of their own, `…/{id}`."""
        return self.key is not None

    def operation(self, method: str) -> Operation | None:
        """The operation of a method."""
        return self.operations.get(method)

    def fits(self, segments: Sequence[str]) -> bool:
        """Whether a path of these decoded segments fits."""
        return len(segments) == len(self._patterns) and all(
            pattern.fullmatch(segment) for pattern, segment in zip(self._patterns, segments, strict=True)
        )

    def values(self, segments: Sequence[str]) -> dict[str, str]:
        """The path values of a path that fits."""
        found: dict[str, str] = {}
        for part, pattern, segment in zip(self._parts, self._patterns, segments, strict=True):
            match = pattern.fullmatch(segment)
            assert match is not None  # noqa: S101 - asked for of paths that fit
            found.update(zip(names_in(part), match.groups(), strict=True))
        return found

    def objects(self, segments: Sequence[str]) -> list[tuple[str, ...]]:
        """Each object that a path names, as the segments that lead to it, outermost first."""
        parts = self.place.split("/")[1:]
        values = self.values(segments)
        named = tuple(filled_plainly(part, values) for part in parts)
        return [named[: index + 1] for index, part in enumerate(parts) if "{" in part]

    @cached_property
    def literals(self) -> tuple[bool, ...]:
        """For each segment whether it holds no parameter."""
        return tuple("{" not in part for part in self._parts)

    @cached_property
    def _parts(self) -> list[str]:
        return self.path.split("/")[1:]

    @cached_property
    def _patterns(self) -> list[re.Pattern[str]]:
        return [_segment_pattern(part) for part in self._parts]


class Templates:
    """All paths of a contract."""

    def __init__(self, contract: Contract) -> None:
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in contract.operations.values():
            by_path.setdefault(operation.path.rstrip("/"), {})[operation.method] = operation
        keys = {
            normal(operation.place).rpartition("/")[0]: operation.path_parameters[-1]
            for operation in contract.operations.values()
            if _ends_in_object(operation.place)
        }
        self._all = [
            Template(path, operations, keys.get(normal(path))) for path, operations in by_path.items()
        ]

    def other_keys(self, collection: Template) -> set[str]:
        """The path parameters by which further paths tell the items of a collection apart, as
        `/limits/tag/{tag}` does."""
        start = f"{collection.place}/"
        below = [each.place.removeprefix(start) for each in self._all if each.place.startswith(start)]
        return {names_in(each)[-1] for each in below if each.endswith("}") and each.count("{") == 1}

    def fitting(self, segments: Sequence[str], method: str) -> list[Template]:
        """The templates that a path fits best: those with an operation of the method before the others, and
        of those the ones with literal segments first, as OpenAPI has it. A server may follow any of several
        that are equally literal."""
        every = [template for template in self._all if template.fits(segments)]
        fitting = [template for template in every if template.operation(method)] or every
        most = max((template.literals for template in fitting), default=())
        return [template for template in fitting if template.literals == most]


def _ends_in_object(place: str) -> bool:
    last = place.rpartition("/")[2]
    return last.startswith("{") and last.endswith("}")


def _segment_pattern(part: str) -> re.Pattern[str]:
    """A segment as a regular expression; each parameter in it is a group."""
    literal = _PARAMETER.split(part)
    return re.compile("(.*)".join(map(re.escape, literal)), re.DOTALL)
