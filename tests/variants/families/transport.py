"""The same content, carried otherwise."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any

from tests.variants.families.rules import refusal
from tests.variants.seam import Answer, Asked, Serve, Transformation, Wsgi


def compressed(contract: str) -> Transformation:
    """gzip for whoever accepts it."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if not answer.body or "gzip" not in (asked.header("Accept-Encoding") or ""):
            return answer
        packed = replace(answer, body=gzip.compress(answer.body))
        return packed.with_headers(Content_Encoding="gzip", Vary="Accept-Encoding")

    return transformation


def more_headers(contract: str) -> Transformation:
    """Headers any server may send: where the new thing is, a tag, a charset, an id, budgets, a cookie."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
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

    return transformation


def moved(contract: str, *, before: str, after: str) -> Transformation:
    """Everything lies under another prefix; under the old one there is nothing."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.path.startswith(f"{after}/v1/") or asked.path.startswith(f"{after}/internal/"):
            return serve(asked.with_environ(PATH_INFO=before + asked.path.removeprefix(after)))
        return serve(asked.with_environ(PATH_INFO="/nothing-here"))

    return transformation


def only_host(contract: str, *, name: str) -> Transformation:
    """Requests that name another host are misdirected."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        host = str(asked.header("Host") or asked.environ.get("SERVER_NAME"))
        return serve(asked) if host.partition(":")[0] == name else refusal(contract, 421)

    return transformation


def busy(
    contract: str, *, every: int, status: int = 429, retry_after: str | None = None, body: Any = None
) -> Transformation:
    """Every so many requests one is refused. body: of the refusal, in the contract's shape else."""
    count = 0

    def transformation(asked: Asked, serve: Serve) -> Answer:
        nonlocal count
        count += 1
        if count % every:
            return serve(asked)
        answer = refusal(contract, status, text="Too many requests.")
        answer = answer if body is None else answer.with_value(body)
        return answer if retry_after is None else answer.with_headers(Retry_After=retry_after)

    return transformation


def small_bodies(contract: str, *, most: int) -> Transformation:
    """A body of more bytes is too large."""
    return lambda asked, serve: refusal(contract, 413) if len(asked.body) > most else serve(asked)


def lower_headers(contract: str) -> Transformation:
    """Header names in lower case, as HTTP/2 has them."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        return replace(answer, headers=tuple((name.lower(), value) for name, value in answer.headers))

    return transformation


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
