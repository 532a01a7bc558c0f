"""Credentials that are not checked: missing ones, unknown, expired, of the wrong role, space or tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from mock_server.engine import Request, Response
from mock_server.principals import Principal
from tests.defects.kinds.registry import kind
from tests.defects.places import change, value_of, with_value
from tests.defects.seam import Asked, PlantedDefect, Plot, Serve, json_response


@kind
def accepts_credential(plot: Plot, *, whose: Sequence[str]) -> PlantedDefect:
    """Callers who should be refused are treated like one who may.

    whose: names of principals, `missing` for no credential, `unknown` for one that is nobody's.
    """

    def around(asked: Asked, serve: Serve) -> Response:
        accepted = caller(plot, asked.request) in whose
        return serve(as_somebody_who_may(plot, asked) if accepted else asked.request)

    return PlantedDefect(around)


@kind
def refuses_credential(plot: Plot, *, whose: Sequence[str], status: int, body: Any) -> PlantedDefect:
    """Callers who may are refused. whose: as for `accepts_credential`."""

    def around(asked: Asked, serve: Serve) -> Response:
        is_refused = caller(plot, asked.request) in whose
        return json_response(status, body) if is_refused else serve(asked.request)

    return PlantedDefect(around)


def caller(plot: Plot, request: Request) -> str:
    """The principal of a request; `missing` without a credential, `unknown` for an unknown one."""
    sent = list(_sent(plot, request))
    if not sent:
        return "missing"
    found = [plot.mounted.principals.find(scheme, text) for scheme, text in sent]
    return next((principal.name for principal in found if principal), "unknown")


def _sent(plot: Plot, request: Request) -> Iterator[tuple[str, str]]:
    for scheme in plot.mounted.contract.schemes.values():
        text = request.headers.get(scheme.name.lower())
        if text is None:
            continue
        word, _, token = text.partition(" ")
        if scheme.carrier == "bearer" and word.lower() == "bearer":
            yield scheme.id, token.strip()
        elif scheme.carrier == "header":
            yield scheme.id, text


def as_somebody_who_may(plot: Plot, asked: Asked) -> Request:
    """The request with the credential of an allowed principal; unchanged if there is none."""
    for scheme, roles in _ways(plot, asked.operation):
        for principal in plot.mounted.principals.known:
            if _may(principal, asked.path, roles) and scheme in principal.credentials:
                return asked.with_headers(**_headers(plot, scheme, principal.credentials[scheme]))
    return asked.request


def _ways(plot: Plot, operation: str) -> Iterator[tuple[str, Sequence[str]]]:
    for requirement in plot.mounted.contract.operations[operation].security:
        yield from requirement.items()


def _may(principal: Principal, path: Mapping[str, str], roles: Sequence[str]) -> bool:
    inside = all(principal.may_use(name, value.lower()) for name, value in path.items())
    return principal.expires_at is None and inside and all(map(principal.has, roles))


def _headers(plot: Plot, scheme: str, credential: str) -> dict[str, str | None]:
    schemes = plot.mounted.contract.schemes
    headers: dict[str, str | None] = {each.name.lower(): None for each in schemes.values()}
    bearer = schemes[scheme].carrier == "bearer"
    return headers | {schemes[scheme].name.lower(): f"Bearer {credential}" if bearer else credential}


@kind
def acts_anyway(
    plot: Plot,
    *,
    instead_of: Sequence[int],
    credential: bool = False,
    header: str = "",
    members: Mapping[str, Any] | None = None,
    only_valid: bool = False,
) -> PlantedDefect:
    """A request is refused, and yet has its effect: as if the credential were good, a missing header there,
    members filled in, or the refused members left out."""
    numbers = count()

    def repaired(asked: Asked, refusal: Response) -> Request | None:
        if credential:
            return as_somebody_who_may(plot, asked)
        if header:
            there = header.lower() in asked.request.headers
            return None if there else asked.with_headers(**{header.lower(): f"acted-anyway-{next(numbers)}"})
        body = asked.body()
        if not isinstance(body, dict):
            return None
        if only_valid:
            refused = value_of(refusal).get("errors", {})
            return asked.with_body({name: value for name, value in body.items() if name not in refused})
        return asked.with_body({**body, **(members or {})})

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        again = repaired(asked, response) if response.status in instead_of else None
        if again is not None:
            serve.quietly(again)
        return response

    return PlantedDefect(around)


@kind
def shows_credential(plot: Plot, *, at: str, statuses: Sequence[int]) -> PlantedDefect:
    """An error response contains the credential that was sent."""

    def around(asked: Asked, serve: Serve) -> Response:
        response = serve(asked.request)
        sent = [text for _, text in _sent(plot, asked.request)]
        if response.status not in statuses or not sent:
            return response
        value = value_of(response)
        return with_value(response, change(value, at, lambda text, _: f"{text} (key {sent[0]})"))

    return PlantedDefect(around)
