"""The same content, carried otherwise."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tests.variants.seam import Answer, Asked, Disguise, Serve, Wsgi


def compressed(contract: str) -> Disguise:
    """gzip for whoever accepts it."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not answer.body or "gzip" not in (asked.header("Accept-Encoding") or ""):
            return answer
        packed = replace(answer, body=gzip.compress(answer.body))
        return packed.with_headers(Content_Encoding="gzip", Vary="Accept-Encoding")

    return disguise


def more_headers(contract: str) -> Disguise:
    """Headers any server may send: where the new thing is, a tag, a charset, an id, budgets, a cookie."""

    def disguise(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        told = answer.with_headers(
            ETag=f'"{sha256(answer.body).hexdigest()[:12]}"',
            X_Request_Id="5f2c",
            X_RateLimit_Remaining="59",
            Set_Cookie="lb=7; Path=/; HttpOnly",
            Cache_Control="private, max-age=0",
            Server="edge",
        )
        if answer.body:
            told = told.with_headers(Content_Type="application/json; charset=UTF-8")
        return told.with_headers(Location=f"{asked.path}/new") if answer.status == 201 else told

    return disguise


def trickled(app: Wsgi, *, pieces: int, seconds: float) -> Wsgi:
    """An application that answers late, and in pieces whose number nobody announces."""

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(
                status, [one for one in headers if one[0].lower() != "content-length"], *rest
            )

        return _pieces(b"".join(app(environ, start)), pieces, seconds)

    return wrapped


def _pieces(body: bytes, pieces: int, seconds: float) -> Iterator[bytes]:
    size = max(1, -(-len(body) // pieces))
    for start in range(0, len(body), size):
        time.sleep(seconds)
        yield body[start : start + size]
