"""Repeats that do no harm: the first answer under a key is kept and given again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from mock_server.errors.api_error import ApiError, ErrorCode

if TYPE_CHECKING:
    from mock_server.store.protocol import Transaction


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under an idempotency key.

    place: the digest of everything a key counts for. fingerprint: the digest of what was asked. Digests, so
    that no credential is kept a second time.
    """

    collection: str
    place: str
    fingerprint: str

    def earlier(self, state: Transaction) -> Mapping[str, Any] | None:
        """The answer kept under this key, or None when this is the first attempt that comes so far.

        Raises ApiError (CONFLICT) when the key was used for something else.
        """
        entry = state.get(self.collection, self.place)
        if entry is None:
            return None
        if entry["fingerprint"] != self.fingerprint:
            raise ApiError(ErrorCode.CONFLICT, message="The idempotency key was used for another request")
        answer: Mapping[str, Any] = entry["answer"]
        return answer

    def keep(self, state: Transaction, answer: Mapping[str, Any]) -> None:
        """Keep an answer, in the transaction that made it: an attempt that failed leaves nothing behind."""
        state.put(self.collection, self.place, {"fingerprint": self.fingerprint, "answer": answer})


def attempt(*, contract: str, counts_for: Any, asked: Any) -> Attempt:
    """An attempt under a key. counts_for: caller, operation, path and key, as JSON. asked: the body."""
    return Attempt(storage(contract), _digest(counts_for), _digest(asked))


def storage(contract: str) -> str:
    """Where the answers of a contract are kept."""
    return f"{contract}/idempotency"


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
