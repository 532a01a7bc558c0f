"""Idempotency keys: the first answer to a key is stored and returned again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from mock_server.errors.api_error import ApiError, ErrorCode

if TYPE_CHECKING:
    from mock_server.store.protocol import Transaction


_ENCODER = json.JSONEncoder(sort_keys=True)


@dataclass(slots=True)
class Attempt:
    """One request with an idempotency key.

    place: digest of caller, operation, path and key, within which a key must be unique. fingerprint: digest
    of the request body. Both are digests so that no credential is stored a second time.
    """

    collection: str
    place: str
    fingerprint: str

    def earlier(self, state: Transaction) -> Mapping[str, Any] | None:
        """Return the stored answer to this key, or None for the first successful attempt.

        Raises ApiError (CONFLICT) when the key was used for another request.
        """
        entry = state.get(self.collection, self.place)
        if entry is None:
            return None
        if entry["fingerprint"] != self.fingerprint:
            raise ApiError(ErrorCode.CONFLICT, message="The idempotency key was used for another request")
        answer: Mapping[str, Any] = entry["answer"]
        return answer

    def keep(self, state: Transaction, answer: Mapping[str, Any]) -> None:
        """Store the answer, in the transaction of the request: a failed attempt stores nothing."""
        state.put(self.collection, self.place, {"fingerprint": self.fingerprint, "answer": answer})


def attempt(*, contract: str, counts_for: Any, asked: Any) -> Attempt:
    """Create an attempt. counts_for: caller, operation, path and key, as JSON. asked: the request body."""
    return Attempt(storage(contract), _digest(counts_for), _digest(asked))


def storage(contract: str) -> str:
    """Return the name of the storage for the answers of a contract."""
    return f"{contract}/idempotency"


def _digest(value: Any) -> str:
    # Sorted, because a repeated request may send its members in another order.
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # orjson refuses integers beyond 64 bits
        text = _ENCODER.encode(value).encode()
    return sha256(text).hexdigest()
