"""The entry to redaction: what may be shown of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from mock_server.contract.json_text import MalformedError, UndecodableError, dumps, is_json, loads
from mock_server.contract.plan import json_content
from mock_server.contract.schema import declared_members
from mock_server.errors.dialect import ABSENT, UNREADABLE
from mock_server.redaction.bodies import BodyRedaction, BodySchema, BodySchemas
from mock_server.redaction.credentials import (
    CredentialMasker,
    SecretMemory,
    credentials_in_header,
    mask_addresses,
    recognizable,
    texts_in,
    written_forms,
)
from mock_server.redaction.masking import MASKED, mark_emptied
from mock_server.redaction.names import looks_generated, suggests_secret
from mock_server.redaction.secrets import Secrets, is_secret

if TYPE_CHECKING:
    from mock_server.behaviours.declared import ContractWithBehaviours
    from mock_server.contract.operation import Parameter
    from mock_server.contract.plan import OperationPlan
    from mock_server.messages import Request, Response
    from mock_server.principals import Principals
    from mock_server.store.protocol import Change

LONGEST_BODY = 16_384
"""Bytes. Of a longer body only the size is kept."""

UNPARSED: Any = object()
"""Stands for the value of a body that no step has read."""

_MASKERS = 64
"""So many maskers are remembered, one for each set of principals in use."""


class Redactor:
    """Redacts the exchanges of one server. What it needs to know of a contract or an operation is worked out
    when an exchange of it is first read. Safe to use from many threads."""

    def __init__(
        self,
        contracts: Mapping[str, ContractWithBehaviours],
        principals: Iterable[Principals],
        credentials: Iterable[str] = (),
    ) -> None:
        """contracts: by name. principals: of these contracts, as their files have them. credentials: further
        ones, which belong to no principal."""
        self._declared = contracts
        self._principals = tuple(principals)
        self._credentials = frozenset(credentials)
        self._contracts: dict[str, _ContractRedaction] = {}
        self._operations: dict[int, OperationRedaction] = {}
        self._maskers: dict[int, tuple[Any, CredentialMasker]] = {}

    def exchange(
        self,
        request: Request,
        response: Response,
        *,
        query: Sequence[tuple[str, str]],
        plan: OperationPlan | None,
        media_type: str,
        sent_body: Any,
        changes: Sequence[Change],
        masker: CredentialMasker,
    ) -> ExchangeRedaction:
        """The redaction of one exchange.

        query: every pair of the query string, decoded. plan: the operation's, None where none was found.
        media_type: the declared media type the body was read as, empty where there is only one. sent_body:
        the value of the body, ABSENT, UNREADABLE or UNPARSED. masker: of the world the request was for.
        """
        return ExchangeRedaction(
            self,
            request,
            response,
            query=query,
            operation=None if plan is None else self.operation(plan),
            media_type=media_type,
            sent_body=sent_body,
            changes=changes,
            masker=masker,
        )

    def masker(self, principals: Mapping[str, Principals]) -> CredentialMasker:
        """What masks the credentials that are valid in a world. principals: those of its scenario, which take
        the place of a contract's own. The same object gives the same masker."""
        entry = self._maskers.get(id(principals))
        if entry is None or entry[0] is not principals:
            masker = CredentialMasker([*self._principals, *principals.values()], self._credentials)
            if len(self._maskers) >= _MASKERS:
                self._maskers.clear()
            # The principals are kept beside it so that their identity is not given to other ones.
            entry = self._maskers[id(principals)] = principals, masker
        return entry[1]

    def path(self, path: str, headers: Iterable[tuple[str, str]], masker: CredentialMasker) -> str:
        """The path of a request that no journal holds: the credentials in its headers are masked too.

        headers: names in any writing, with `-` or `_`.
        """
        secrets: list[str] = []
        path = mask_addresses(path, secrets)
        for name, text in headers:
            if suggests_secret(name.lower(), is_carrier=True):
                secrets += credentials_in_header(text)
        return masker.mask(path, written_forms(recognizable(secrets)))

    @cached_property
    def carriers(self) -> frozenset[str]:
        """Lower-case names of what carries credentials of any contract."""
        return frozenset(
            name
            for declared in self._declared.values()
            for scheme in declared.contract.schemes.values()
            for name in _spellings(scheme.name)
        )

    def storage_secrets(self, storage: str) -> Secrets | None:
        """The secrets of the first contract whose records lie in this storage."""
        for name, declared in self._declared.items():
            collections = declared.behaviours.collections.values()
            if any(collection.storage == storage for collection in collections):
                return self._contract(name).secrets
        return None

    def operation(self, plan: OperationPlan) -> OperationRedaction:
        """What an operation says about redaction."""
        operation = self._operations.get(id(plan))
        if operation is None:
            operation = OperationRedaction(plan, self._contract(plan.operation.contract))
            self._operations[id(plan)] = operation
        return operation

    def _contract(self, name: str) -> _ContractRedaction:
        contract = self._contracts.get(name)
        if contract is None:
            contract = self._contracts.setdefault(name, _ContractRedaction.of(self._declared[name]))
        return contract


@dataclass(frozen=True, slots=True)
class _ContractRedaction:
    """What one contract says about redaction. carriers: lower-case names of what carries its credentials."""

    secrets: Secrets
    bodies: BodySchemas
    carriers: frozenset[str]

    @classmethod
    def of(cls, declared: ContractWithBehaviours) -> _ContractRedaction:
        secrets = Secrets.of(declared)
        contract = declared.contract
        carriers = frozenset(name for scheme in contract.schemes.values() for name in _spellings(scheme.name))
        return cls(secrets, BodySchemas(contract.schemas, secrets), carriers)


class OperationRedaction:
    """What one operation says about redaction.

    query, headers: names of the declared parameters that hold no secret; of headers in lower case.
    """

    def __init__(self, plan: OperationPlan, contract: _ContractRedaction) -> None:
        self.plan = plan
        self.contract = contract
        plain = [each for each in plan.operation.parameters if not self._is_secret_parameter(each)]
        query = [each for each in plain if each.location == "query"]
        schemas = contract.bodies.schemas
        self.query = frozenset(
            name for each in query for name in (each.name, *declared_members(each.schema, schemas))
        )
        self.headers = frozenset(
            name for each in plain if each.location == "header" for name in _spellings(each.name)
        )

    def body(self, media_type: str) -> BodySchema | None:
        """The schema of the request's body, None where the operation has none.

        media_type: the declared one it was read as; where there is none, the one the mock speaks.
        """
        body = self.plan.operation.body
        if body is None:
            return None
        schema = body.content[media_type] if media_type in body.content else json_content(body.content)[1]
        return self.contract.bodies.of(schema)

    def reply(self, status: int) -> BodySchema | None:
        """The schema of the body of a reply with this status, None where none is declared."""
        declared = self.plan.reply(status)
        check = declared.check if declared else None
        return None if check is None else self.contract.bodies.of(check.schema)

    def _is_secret_parameter(self, parameter: Parameter) -> bool:
        return (
            is_secret(parameter.schema, self.contract.bodies.schemas)
            or parameter.name.lower() in self.contract.carriers
            or parameter.name in self.contract.secrets.names
            or suggests_secret(parameter.name)
        )


class ExchangeRedaction:
    """What may be shown of one exchange.

    All its secret places are looked at first: what stands there is masked, and where it is long enough to be
    recognized also in every other part of the exchange.
    """

    def __init__(
        self,
        redactor: Redactor,
        request: Request,
        response: Response,
        *,
        query: Sequence[tuple[str, str]],
        operation: OperationRedaction | None,
        media_type: str,
        sent_body: Any,
        changes: Sequence[Change],
        masker: CredentialMasker,
    ) -> None:
        self._request = request
        self._response = response
        self._operation = operation
        self._masker = masker
        self._carriers = operation.contract.carriers if operation else redactor.carriers
        self._found: list[str] = []
        self._query = [self._pair(name, value) for name, value in query]
        self._request_headers = dict(self._headers(request.headers))
        self._response_headers = dict(self._headers(response.headers))
        self._sent, self._replied = self._bodies(media_type, sent_body)
        self._changes = [self._changed_members(redactor, change) for change in changes]
        mask_addresses(request.path, self._found)
        self.secrets = recognizable(self._found)
        self._forms: Sequence[str] = written_forms(self.secrets)

    def recall(self, memory: SecretMemory) -> None:
        """Mask also what other exchanges of the world have shown to be secret."""
        request, response = self._request, self._response
        texts = [request.method, request.path, request.query]
        texts += [text for pair in self._query for text in pair]
        for headers in (request.headers, response.headers):
            texts += headers.keys()
            texts += headers.values()
        bodies = [body for body in (self._sent, self._replied) if body is not ABSENT]
        texts.append(dumps([*bodies, *self._changes]).decode("utf-8", "replace"))
        recalled = memory.forms_in("\n".join(texts))
        self._forms = sorted({*self._forms, *recalled}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text with every credential, every secret of this request and those of addresses in it masked."""
        return self._masker.mask(mask_addresses(text, []), self._forms)

    def texts(self, texts: Sequence[str]) -> Sequence[str]:
        """The same for many short texts, which are searched together: nearly always nothing is in them."""
        together = "\n".join(texts)
        return texts if self.text(together) == together else [self.text(text) for text in texts]

    def query(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the query string."""
        return tuple((self.text(name), self.text(value)) for name, value in self._query)

    def request_headers(self) -> dict[str, str]:
        """The headers of the request, by lower-case name."""
        return self._shown(self._request_headers)

    def response_headers(self) -> dict[str, str]:
        """The headers of the reply, by lower-case name."""
        return self._shown(self._response_headers)

    def request_body(self) -> str | None:
        """The request's body as JSON text; None for one that is empty, unreadable or too long."""
        return self._json(self._sent)

    def reply_body(self) -> str | None:
        """The same of the reply's body."""
        return self._json(self._replied)

    def changed_members(self) -> Iterator[str]:
        """What each change did to its record, as JSON text: member → [before, after] of those that differ."""
        return (self._masker.mask_json(members, self._forms) for members in self._changes)

    def _shown(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {self.text(name): self.text(value) for name, value in headers.items()}

    def _json(self, value: Any) -> str | None:
        return None if value is ABSENT else self._masker.mask_json(value, self._forms)

    def _pair(self, name: str, value: str) -> tuple[str, str]:
        operation = self._operation
        if operation and name.removesuffix("[]") in operation.query:
            return name, mask_addresses(value, self._found)
        if looks_generated(name):
            self._found.append(name)
            name = MASKED
        if name.lower() in self._carriers or suggests_secret(name, is_carrier=True):
            self._found.extend(credentials_in_header(value))
            return name, MASKED
        return name, mask_addresses(value, self._found)

    def _headers(self, headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        declared = self._operation.headers if self._operation else frozenset()
        for name, value in headers.items():
            lower = name.lower()
            if looks_generated(lower):
                self._found.append(lower)
                lower = MASKED
            is_named_secret = lower not in declared and suggests_secret(lower, is_carrier=True)
            if lower in self._carriers or is_named_secret:
                self._found.extend(credentials_in_header(value))
                yield lower, MASKED
            else:
                yield lower, mask_addresses(value, self._found)

    def _bodies(self, media_type: str, sent_body: Any) -> tuple[Any, Any]:
        """The bodies of request and reply, redacted; ABSENT where one is not shown."""
        operation, status = self._operation, self._response.status
        schema = operation.body(media_type) if operation else None
        names = operation.contract.secrets.names if operation else frozenset()
        redaction = BodyRedaction(names, self._found, schema, is_error=status >= 400)
        sent, replied = self._sent_value(sent_body), _own_json(self._response)
        if sent is not ABSENT:
            sent = redaction.redact(sent, schema)
        if replied is not ABSENT:
            replied = redaction.redact(replied, operation.reply(status) if operation else None)
        return sent, replied

    def _sent_value(self, sent: Any) -> Any:
        body = self._request.body
        if not body or len(body) > LONGEST_BODY:
            return ABSENT
        if sent is UNPARSED or sent is ABSENT or sent is UNREADABLE:
            return _sent_json(self._request.headers.get("content-type", ""), body)
        return sent

    def _changed_members(self, redactor: Redactor, change: Change) -> dict[str, list[Any]]:
        secrets = redactor.storage_secrets(change.collection)
        if secrets is None:
            return {}
        before, after = change.before or {}, change.after or {}
        names = [name for name in {**before, **after} if before.get(name, ABSENT) != after.get(name, ABSENT)]
        versions = [self._record(secrets, change.collection, record, names) for record in (before, after)]
        return {name: [version.get(name) for version in versions] for name in names}

    def _record(
        self, secrets: Secrets, storage: str, record: Mapping[str, Any], names: Iterable[str]
    ) -> dict[str, Any]:
        """These members of a stored record, redacted."""
        masked = secrets.mask_record(storage, record)
        present = [name for name in names if name in record]
        for name in present:
            self._found.extend(_masked_texts(record[name], masked[name]))
        redaction = BodyRedaction(frozenset(), self._found)
        shown = redaction.redact({name: masked[name] for name in present}, None)
        return {name: mark_emptied(value, record[name]) for name, value in shown.items()}


def _masked_texts(value: Any, masked: Any) -> Iterator[str]:
    """The secrets of a value, by its masked form."""
    if isinstance(value, dict) and isinstance(masked, dict) and (masked or not value):
        for name, item in value.items():
            yield from _masked_texts(item, masked.get(name))
    elif isinstance(value, list) and isinstance(masked, list) and len(value) == len(masked):
        for item, masked_item in zip(value, masked, strict=True):
            yield from _masked_texts(item, masked_item)
    elif isinstance(value, str) and isinstance(masked, str):
        secrets: list[str] = []
        yield from secrets if mask_addresses(value, secrets) == masked else (value,)
    elif value != masked:
        yield from texts_in(value)


def _spellings(name: str) -> tuple[str, ...]:
    """A name in lower case, as it is written and with hyphens, as a WSGI server hands over headers."""
    lower = name.lower()
    return lower, lower.replace("_", "-")


def _sent_json(content_type: str, body: bytes) -> Any:
    """The value of a JSON body, ABSENT for any other."""
    if not is_json(content_type):
        return ABSENT
    try:
        return loads(body)
    except (MalformedError, UndecodableError):
        return ABSENT


def _own_json(response: Response) -> Any:
    """The same of a body we wrote ourselves: faster, with numbers beyond 64 bits rounded."""
    body = response.body
    if not body or len(body) > LONGEST_BODY or not is_json(response.headers.get("Content-Type", "")):
        return ABSENT
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return ABSENT
