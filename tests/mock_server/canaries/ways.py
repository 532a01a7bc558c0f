"""Every way a secret may come to the mock's contracts: the right one, and those people take by mistake."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any
from urllib.parse import quote, urlencode

from tests.mock_server.canaries.birds import Canaries
from tests.mock_server.canaries.fields import Operation, known, planted, schemes

HEADERS = ("Accept", "Content-Type", "Host", "Idempotency-Key", "Origin", "Prefer")
"""Headers that may change the answer: each in a request of its own."""

FURTHER = (
    "Forwarded",
    "If-None-Match",
    "Range",
    "Referer",
    "User-Agent",
    "X-Forwarded-Host",
    "X-Request-Id",
    "X-Whatever",
)
"""Headers that do not: all at once."""

CARRIERS = ("X-API-Key", "Proxy-Authorization", "X-Auth-Token", "X-Proxy-Key")
"""Headers that carry credentials."""

Secret = Callable[[str], str]
"""Makes a secret. Told what it is."""

_REPEATED = frozenset({"Host", "Idempotency-Key"})
"""Headers whose value is an address or a name: links and refusals say it to whoever sent it."""

_NOBODY = "00000000-0000-4000-8000-000000000000"
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_JSON = {"content-type": "application/json"}
_numbers = count()


@dataclass(frozen=True, slots=True)
class Way:
    """A request in which something is another way than by the book.

    path: values of parameters. body: None for the valid one. intended: a secret comes where it belongs.
    quoted: a platform may repeat it to whoever sent it, as it is nothing that it takes for a secret.
    """

    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    intended: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes out. intended, quoted: as in Way."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None
    intended: bool
    quoted: bool


def requests(
    operation: Operation, credential: Mapping[str, str], canaries: Canaries, *, thorough: bool = True
) -> Iterator[Asked]:
    """One operation asked every way there is. credential: the headers of somebody who may. thorough: else
    only those ways that have to do with who asks, and the right one."""

    def secret(how: str) -> str:
        return canaries.any(f"{operation.contract}.{operation.id}: {how}")

    careless = (_of_wrong_shape, _undeclared, _elsewhere) if thorough else ()
    ways = (way for make in (_as_intended, _as_credential, *careless) for way in make(operation, secret))
    for way in chain(ways, _in_the_path(operation, credential, canaries)):
        yield _asked(operation, credential, way)


def _asked(operation: Operation, credential: Mapping[str, str], way: Way) -> Asked:
    path, values = operation.path, {**known(operation.contract), **way.path}
    for name in _parameters(operation):
        path = path.replace(f"{{{name}}}", quote(values.get(name, _NOBODY), safe=""))
    query = "&".join(filter(None, (urlencode(operation.query), way.query)))
    body = way.body
    headers = {**credential, **({"idempotency-key": f"key-{next(_numbers)}"} if operation.keyed else {})}
    headers |= way.headers
    if body is None and operation.example is not None:
        body = json.dumps(_filled(operation.example)).encode()
    if body is not None:
        headers = {**_JSON, **headers}
    return Asked(
        operation.method, f"{path}?{query}" if query else path, headers, body, way.intended, way.quoted
    )


def _as_intended(operation: Operation, secret: Secret) -> Iterator[Way]:
    for place in operation.secrets:
        name = ".".join(place)
        body = _filled(operation.example)
        value = {"access_token": secret(name), "deep": [{"refresh": secret(f"inside {name}")}]}
        for wanted in (secret(name), value):
            yield Way(body=_json(planted(body, place, wanted)), intended=True)
        faulty = {**body, "name": [], "status": 5, "provider_slug": {}}
        yield Way(body=_json(planted(faulty, place, secret(f"{name} among faults"))))


def _of_wrong_shape(operation: Operation, secret: Secret) -> Iterator[Way]:
    body = _filled(operation.example or {})
    for place in operation.secrets:
        name = ".".join(place)
        for wrong in ([secret(f"{name} as a list")], [[{"x": secret(f"deep in {name}")}]]):
            yield Way(body=_json(planted(body, place, wrong)))
        yield Way(body=_json(planted(body, place, {secret(f"{name} as a name"): 1})))


def _undeclared(operation: Operation, secret: Secret) -> Iterator[Way]:
    """Bodies of another form than the declared one, also where none belongs."""
    body = _filled(operation.example or {})
    yield Way(
        quoted=True,
        body=_json({**body, "Credential": secret("a wrong name"), "pass": {"x": [secret("nested")]}}),
    )
    yield Way(quoted=True, body=_json({"clientSecret": secret("alone under a wrong name")}))
    yield Way(quoted=True, body=_json([{"credential": secret("in a list")}]))
    told = secret("as the body")
    yield _also_a_credential(told, Way(quoted=True, body=_json(told)))
    address = f"https://u:{quote(secret('in an address'), safe='')}@example.com/?token="
    address += quote(secret("in the query of an address"), safe="")
    yield Way(quoted=True, body=_json({**body, "name": address, "url": f"see {address} there"}))
    yield Way(quoted=True, body=b'{"client_secret": "' + secret("malformed JSON").encode())
    yield Way(quoted=True, body=secret("no text").encode() + b"\xff\xfe")
    yield Way(quoted=True, body=urlencode({"client_secret": secret("a form")}).encode(), headers=_FORM)
    yield Way(quoted=True, body=secret("plain text").encode(), headers={"content-type": "text/plain"})
    yield Way(
        quoted=True, body=f"<a>{secret('XML')}</a>".encode(), headers={"content-type": "application/xml"}
    )


def _also_a_credential(secret: str, way: Way) -> Way:
    """A request that has a secret where none belongs. It is one only because the request also has it as a
    credential."""
    return replace(way, headers={**way.headers, "x-auth-token": secret})


def _as_credential(operation: Operation, secret: Secret) -> Iterator[Way]:
    """By every scheme of the contract and by what people take for one: nobody's, so that it is refused."""
    for name, scheme in schemes(operation.contract).items():
        told = secret(f"the {name} of nobody")
        if scheme["type"] == "http":
            yield Way(headers={"authorization": f"{scheme['scheme'].title()} {told}"})
        elif scheme["in"] == "query":
            yield Way(query=urlencode({scheme["name"]: told}))
        elif scheme["in"] == "cookie":
            yield Way(headers={"cookie": f"{scheme['name']}={told}"})
        else:
            yield Way(headers={scheme["name"].lower(): told})
    pair = b64encode(f"user:{secret('a password')}".encode()).decode()
    for value in (
        secret("an Authorization"),
        f"Basic {pair}",
        f'Token token="{secret("a Token")}"',
        f'Digest username="u", response="{secret("a Digest")}"',
        f"AWS4-HMAC-SHA256 Credential=x, Signature={secret('a signature')}",
    ):
        yield Way(headers={"authorization": value})


def _elsewhere(operation: Operation, secret: Secret) -> Iterator[Way]:
    for name in HEADERS:
        told = secret(f"the header {name}")
        yield _also_a_credential(told, Way(headers={name.lower(): told}, quoted=name in _REPEATED))
    for name in CARRIERS:
        yield Way(headers={name.lower(): secret(f"the header {name}")})
    told = secret("headers that change nothing")
    yield _also_a_credential(told, Way(headers={name.lower(): told for name in FURTHER}))
    told = secret("a Prefer")
    yield _also_a_credential(told, Way(headers={"prefer": f"code={told}, example={told}"}))
    told = secret("an undeclared parameter")
    yield _also_a_credential(told, Way(quoted=True, query=urlencode({"anything": told})))
    yield Way(headers={"cookie": f"theme=dark; session={secret('a cookie')}"})
    yield Way(headers={"referer": f"https://example.com/?access_token={quote(secret('a Referer'), safe='')}"})
    yield Way(headers={"x-mock-world": f"{secret('no name of a world').upper()}!"})
    yield Way(quoted=True, query=urlencode({"access_token": secret("a parameter that sounds secret")}))
    yield Way(quoted=True, query=quote(secret("a bare word in the query"), safe=""))
    yield Way(quoted=True, query=f"{quote(secret('the name of a parameter'), safe='')}=1")


def _in_the_path(operation: Operation, credential: Mapping[str, str], canaries: Canaries) -> Iterator[Way]:
    """What a path says is no secret by itself. It is one where a principal has it, or where the request also
    shows it as a credential."""
    own = next(iter(credential.values())).rpartition(" ")[2]
    for name in _parameters(operation):
        yield Way(quoted=True, path={name: own})
        yield Way(quoted=True, path={name: f"x{own}y"})
        other = canaries.fresh(f"{operation.contract}.{operation.id}: {name}, and an X-Api-Key")
        yield Way(quoted=True, path={name: other}, headers={"x-api-key": other})
    yield Way(quoted=True, query=urlencode({"cursor": own, "sort": own, "include": own, "page": own}))


def _parameters(operation: Operation) -> list[str]:
    return [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]


def _filled(example: Any) -> Any:
    """An example without placeholders: its secrets are planted, and what must be unique is."""
    if isinstance(example, dict):
        return {name: _filled(item) for name, item in example.items()}
    if isinstance(example, list):
        return [_filled(item) for item in example]
    return f"canary {next(_numbers)}" if example in ("{unique}", "{canary}") else example


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
