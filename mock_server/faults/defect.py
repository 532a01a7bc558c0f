"""Contract defects planted in a JSON body, so that a team can see what notices them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Self

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, loads
from mock_server.errors.dialect import is_json
from mock_server.faults.fault import Declared, Draw, ResponseFault
from mock_server.faults.places import Path, every, find
from mock_server.messages import Response
from mock_server.object_reader import ObjectReader

UNFIT: Any = object()
"""The defect cannot be planted at this place."""

_TRIED = 1000
"""So many places are looked at before a body counts as one that the defect does not fit."""


@dataclass(frozen=True, slots=True)
class Defect(ResponseFault):
    """One change of a JSON body. pointer: where; None for the first place where the contract refuses the
    outcome."""

    pointer: str | None = None

    @classmethod
    def read(cls, members: ObjectReader) -> Self:
        allowed = "a JSON pointer such as /data/0/status, at most 1000 characters"
        pointer = members.text("pointer", "(?=.{0,1000}$)(?:/(?:[^~/]|~[01])*)*", allowed)
        return cls(pointer)

    @abstractmethod
    def planted(self, body: Any, path: Path, draw: Draw, declared: Declared) -> Any:
        """The body with the defect at this place, or UNFIT."""

    def mutate_response(self, response: Response, draw: Draw, declared: Declared) -> Response:
        if not response.body or not is_json(response.headers.get("Content-Type", "")):
            return response
        try:
            body = loads(response.body)
        except (MalformedError, UndecodableError):
            return response
        changed = self._changed(body, draw, declared)
        return response if changed is UNFIT else replace(response, body=dumps(changed))

    def _changed(self, body: Any, draw: Draw, declared: Declared) -> Any:
        if self.pointer is not None:
            path = find(body, self.pointer)
            return UNFIT if path is None else self.planted(body, path, draw, declared)
        for path, _ in islice(every(body), _TRIED):
            changed = self.planted(body, path, draw, declared)
            if changed is not UNFIT and (declared.check is None or declared.breaks(changed)):
                return changed
        return self.otherwise(body, draw)

    def otherwise(self, body: Any, draw: Draw) -> Any:  # noqa: ARG002 - most need the contract's refusal
        """The body with the defect where the contract refuses it nowhere, or UNFIT."""
        return UNFIT
