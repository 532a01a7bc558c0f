"""What `may_change` in a target file can name: the resources on which a document's writing operations act."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from contract_tests.openapi.contract import Contract

EVERYTHING: Final = "*"
"""In `may_change` every resource, in `allow` every operation: for a server that serves one run only."""


class Changeable:
    """The resources of a contract that some operation changes.

    Each has the path of its items, such as `/groups/{name}`, or its own path where it exists once. Its name
    is the last literal word of that path; where several share the word, the path itself.
    """

    def __init__(self, contract: Contract) -> None:
        self._paths = {operation.path.rstrip("/") or "/" for operation in contract.operations.values()}
        writing = [operation for operation in contract.operations.values() if not operation.is_safe]
        self._resources: Mapping[str, str] = {
            path: self._resource(path)
            for path in dict.fromkeys(operation.path.rstrip("/") or "/" for operation in writing)
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, in the order of the document."""
        return tuple(dict.fromkeys(self._name(resource) for resource in self._resources.values()))

    def name(self, path: str) -> str:
        """The name of the resource on which an operation with this path acts."""
        return self._name(self._resources.get(path) or self._resource(path))

    def resolve(self, name: str) -> str | None:
        """The resource of a name, or of its own path; None where there is none."""
        return next((each for each in self._resources.values() if name in (each, self._name(each))), None)

    def released(self, names: Collection[str]) -> frozenset[str]:
        """The paths of all operations that act on resources of these names; of all if `*` is among them."""
        if EVERYTHING in names:
            return frozenset(self._paths)
        resources = {self.resolve(name) for name in names}
        return frozenset(path for path, resource in self._resources.items() if resource in resources)

    def _name(self, resource: str) -> str:
        word = _last_literal(resource)
        sharing = {other for other in self._resources.values() if _last_literal(other) == word}
        return word if sharing <= {resource} else resource

    def _resource(self, path: str) -> str:
        parts = path.split("/")
        named = [index for index, part in enumerate(parts) if "{" in part]
        innermost = named[-1] if named else 0
        below = parts[: innermost + 2]
        if len(below) == innermost + 2 and (item := self._item_below("/".join(below))):
            return item
        if named:
            return "/".join(parts[: innermost + 1])
        collections = ("/".join(parts[:length]) for length in range(len(parts), 1, -1))
        return next((item for each in collections if (item := self._item_below(each))), path)

    def _item_below(self, collection: str) -> str | None:
        """The path of one object of a collection; None where nothing is below it."""
        start = f"{collection}/{{"
        below = next((path for path in sorted(self._paths) if path.startswith(start)), None)
        if below is None:
            return None
        return f"{collection}/{below.removeprefix(f'{collection}/').partition('/')[0]}"


def _last_literal(path: str) -> str:
    literal = [part for part in path.split("/") if part and "{" not in part]
    return literal[-1] if literal else path
