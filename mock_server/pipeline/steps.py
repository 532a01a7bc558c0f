"""The life of a request, in order.

Every exchange walks FIRST; the first of these that answers ends it. Where none does, it walks the steps of
its platform, is rendered, and the reply is checked against its own contract. Either way AFTER follows. The
order of checks is what the platforms measurably do: one reads the body before it asks who is there and judges
everything before it looks for records, another finds the record before it looks at the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mock_server.messages import Response
from mock_server.pipeline.authenticate import authenticate
from mock_server.pipeline.authorize import authorize
from mock_server.pipeline.dispatch import advance, answer, count_reads, locate
from mock_server.pipeline.exchange import Exchange
from mock_server.pipeline.finish import identify, without_body
from mock_server.pipeline.inject import inject
from mock_server.pipeline.match import answer_unrouted, match
from mock_server.pipeline.override import override
from mock_server.pipeline.read_body import read_body
from mock_server.pipeline.read_media import read_media
from mock_server.pipeline.spoil import spoil
from mock_server.pipeline.validate import bind_path, validate, validate_the_rest

Step = Callable[[Exchange], None]
First = Callable[[Exchange], Response | None]
After = Callable[[Exchange, Response], Response]

FIRST: tuple[First, ...] = (match, override, inject, answer_unrouted)
AFTER: tuple[After, ...] = (without_body, spoil, identify)


@dataclass(frozen=True, slots=True)
class Order:
    """The steps before the transaction begins, and those that happen inside it, all or none."""

    before: tuple[Step, ...]
    within: tuple[Step, ...]


ORDERS: Mapping[str, Order] = {
    "declared": Order(
        before=(authenticate, read_media, validate),
        within=(advance, authorize, count_reads, answer),
    ),
    "fastapi": Order(
        before=(read_body, authenticate, validate),
        within=(advance, authorize, locate, count_reads, answer),
    ),
    "laravel": Order(
        before=(authenticate,),
        within=(advance, bind_path, locate, authorize, read_body, validate_the_rest, count_reads, answer),
    ),
}
