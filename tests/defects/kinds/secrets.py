"""Secrets in responses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mock_server.engine import Response
from tests.defects.kinds.registry import kind
from tests.defects.kinds.replies import fits
from tests.defects.places import NOTHING, each, look, put, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve


@kind
def leaks(
    plot: Plot,
    *,
    sent_to: str,
    shown_in: str,
    key: str,
    shown_as: str,
    member: str = "",
    as_text: bool = False,
    statuses: Sequence[int] = (),
) -> PlantedDefect:
    """What a write was sent appears in an answer.

    sent_to: the write. member: the part of its body, all of it where none is named. shown_in: the objects of
    the answer that show it. key: what tells whose it is: a member of such an object, `path.` and a parameter,
    `sent` for what was sent last, `latest` for what was stored last. shown_as: the place below the object.
    as_text: it is added to the text that stands there.
    """
    kept: dict[str, Any] = {}

    def remember(asked: Asked, response: Response) -> None:
        body = asked.body()
        secret = look(body, member) if isinstance(body, dict) else NOTHING
        if asked.operation != sent_to or not secret or secret is NOTHING:
            return
        kept["sent"] = secret
        if fits(response, ()):
            kept["latest"] = secret
            kept.update((str(name), secret) for name in _names(asked, value_of(response)))

    def secret_of(asked: Asked, shown: Any) -> Any:
        if key in ("latest", "sent"):
            return kept.get(key, NOTHING)
        name = asked.path.get(key.removeprefix("path.")) if key.startswith("path.") else shown.get(key)
        return kept.get(str(name), NOTHING)

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        remember(asked, response)
        value = value_of(response)
        if asked.operation != plot.operation or not fits(response, statuses) or value is NOTHING:
            return response
        for shown in each(value, shown_in):
            secret = secret_of(asked, shown)
            if secret is not NOTHING:
                before = look(shown, shown_as) if as_text else ""
                put(
                    shown,
                    shown_as,
                    f"{before or ''} {json.dumps(secret, ensure_ascii=False)}".strip() if as_text else secret,
                )
        return with_value(response, value)

    return PlantedDefect(around, everywhere=True)


def _names(asked: Asked, value: Any) -> Iterator[Any]:
    """Under which names a secret is found again: the new record's id, or the path's last value."""
    for at in ("data.id", "id"):
        found = look(value, at)
        if found is not NOTHING:
            yield found
    yield from list(asked.path.values())[-1:]
