"""The entry to redaction: what may be kept of an exchange."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from mock_server.contract.json_text import MalformedError, UndecodableError, loads
from mock_server.errors.dialect import ABSENT, UNREADABLE, is_json
from mock_server.redaction.bodies import Redacted
from mock_server.redaction.credentials import CredentialMasker, credentials_in_header, written_forms
from mock_server.redaction.headers import is_harmless, redact_headers, suggests_secret
from mock_server.redaction.masking import mark_emptied
from mock_server.redaction.plan import OperationRedaction, RedactedPair, RedactionPlan, undeclared_pair

if TYPE_CHECKING:
    from mock_server.behaviours.declared import ContractWithBehaviours
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
    """Redacts the exchanges of one server. Which members of a contract are secret is worked out at start, the
    rest of what it needs to know of an operation at the operation's first exchange. Safe to use from many
    threads."""

    def __init__(
        self,
        contracts: Mapping[str, ContractWithBehaviours],
        principals: Iterable[Principals],
        credentials: Iterable[str] = (),
    ) -> None:
        """contracts: by name. principals: of these contracts, as their files have them. credentials: further
        ones, which belong to no principal."""
        self._principals = tuple(principals)
        self._credentials = frozenset(credentials)
        self._contracts = {name: RedactionPlan(declared) for name, declared in contracts.items()}
        self._operations: dict[int, OperationRedaction] = {}
        self._maskers: dict[int, tuple[Any, CredentialMasker]] = {}

    def exchange(
        self,
        request: Request,
        *,
        query: Sequence[tuple[str, str]],
        plan: OperationPlan | None,
        media_type: str,
        sent_body: Any,
        masker: CredentialMasker,
    ) -> ExchangeRedaction:
        """The redaction of one exchange.

        query: every pair of the query string, decoded. plan: the operation's, None where none was found.
        media_type: the declared media type the body was read as, empty where there is only one. sent_body:
        the value of the body, ABSENT, UNREADABLE or UNPARSED. masker: of the world the request was for.
        """
        operation = None if plan is None else self._operation(plan)
        return ExchangeRedaction(
            self,
            request,
            query=query,
            operation=operation,
            media_type=media_type,
            sent_body=sent_body,
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
        carried = (text for name, text in headers if suggests_secret(name))
        secrets = written_forms(secret for text in carried for secret in credentials_in_header(text))
        return masker.mask(path, secrets)

    def changed_members(self, change: Change) -> dict[str, list[Any]]:
        """What a change did to a record, as far as it may be kept: member → [before, after] of those that
        differ. Credentials in them are not masked yet."""
        plan = self._storing(change.collection)
        if plan is None:
            return {}
        before, after = change.before or {}, change.after or {}
        names = [name for name in {**before, **after} if before.get(name, ABSENT) != after.get(name, ABSENT)]
        old, new = (_redacted_members(plan, change.collection, record, names) for record in (before, after))
        return {name: [old.get(name), new.get(name)] for name in names}

    def _operation(self, plan: OperationPlan) -> OperationRedaction:
        operation = self._operations.get(id(plan))
        if operation is None:
            operation = OperationRedaction.of(plan, self._contracts[plan.operation.contract])
            self._operations[id(plan)] = operation
        return operation

    def _storing(self, storage: str) -> RedactionPlan | None:
        """The first contract whose records lie in this storage."""
        return next((plan for plan in self._contracts.values() if plan.stores(storage)), None)


class ExchangeRedaction:
    """What may be kept of one exchange.

    The parts of the request are looked at first: what is secret in one of them is masked in all of them, and
    in the reply.
    """

    def __init__(
        self,
        redactor: Redactor,
        request: Request,
        *,
        query: Sequence[tuple[str, str]],
        operation: OperationRedaction | None,
        media_type: str,
        sent_body: Any,
        masker: CredentialMasker,
    ) -> None:
        self._redactor = redactor
        self._request = request
        self._operation = operation
        self._masker = masker
        pairs = [self._pair(name, value) for name, value in query]
        body = self._redact_body(media_type, sent_body)
        secrets = [text for pair in pairs for text in pair.secrets]
        secrets += body.secrets
        secrets += self._header_secrets()
        self._pairs = pairs
        self._body = body.value
        self._secrets = written_forms(secrets) if secrets else ()

    def text(self, text: str) -> str:
        """A text with every credential, and every secret of this request, masked."""
        return self._masker.mask(text, self._secrets)

    def texts(self, texts: Sequence[str]) -> Sequence[str]:
        """The same for many short texts, which are searched together: nearly always nothing is in them."""
        together = "\n".join(texts)
        return texts if self.text(together) == together else [self.text(text) for text in texts]

    def query(self) -> tuple[tuple[str, str], ...]:
        """The pairs of the query string; values of undeclared or credential parameters are masked."""
        return tuple((self.text(pair.name), self.text(pair.value)) for pair in self._pairs)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers of the request or the reply, by lower-case name."""
        redacted = redact_headers(headers, world=self._request.world)
        if self._secrets:
            return {self.text(name): self.text(value) for name, value in redacted.items()}
        if "location" in redacted:
            redacted["location"] = self.text(redacted["location"])
        return redacted

    def request_body(self) -> str | None:
        """What may be kept of the request's body, as JSON text; None for an empty or unreadable one, and for
        one of no declared schema."""
        return self._json(self._body)

    def reply_body(self, response: Response) -> str | None:
        """The same of the reply's body."""
        body = response.body
        if not body or self._operation is None or len(body) > LONGEST_BODY:
            return None
        redaction = self._operation.reply(response.status)
        if redaction is None:
            return None
        value = _own_json(response.headers.get("Content-Type", ""), body)
        return None if value is ABSENT else self._json(redaction.reply(value))

    def place(self, path: Iterable[str | int], *, is_lacking: bool) -> str:
        """The place of a broken rule; see RedactionPlan.place. Empty where no operation was found."""
        return self._operation.contract.place(path, is_lacking=is_lacking) if self._operation else ""

    def changed_members(self, change: Change) -> str:
        """What the exchange did to a record, as JSON text of Redactor.changed_members."""
        return self._masker.mask_json(self._redactor.changed_members(change), self._secrets)

    def _json(self, value: Any) -> str | None:
        return None if value is ABSENT else self._masker.mask_json(value, self._secrets)

    def _pair(self, name: str, value: str) -> RedactedPair:
        return undeclared_pair(name, value) if self._operation is None else self._operation.pair(name, value)

    def _redact_body(self, media_type: str, sent: Any) -> Redacted:
        """The value of the request's body as it may be kept, ABSENT where nothing may be."""
        body, nothing = self._request.body, Redacted(ABSENT)
        if not body or self._operation is None or len(body) > LONGEST_BODY:
            return nothing
        redaction = self._operation.body(media_type)
        if redaction is None:
            return nothing
        value = _sent_json(self._request.headers.get("content-type", ""), body) if sent is UNPARSED else sent
        return nothing if value is ABSENT or value is UNREADABLE else redaction.request(value)

    def _header_secrets(self) -> Iterator[str]:
        """What the request's headers carry, unless it is a principal's credential and so masked anyway."""
        operation = self._operation
        carriers = operation.contract.carriers if operation else frozenset()
        declared = operation.headers if operation else frozenset()
        host = self._request.headers.get("host", "")
        if host and not is_harmless("host", host):
            yield f"//{host}"  # links in replies begin with the name the client called us by
        for name, value in self._request.headers.items():
            is_suspicious = suggests_secret(name) or ("header", name) in carriers
            if is_suspicious and name not in declared and value.rpartition(" ")[2] not in self._masker:
                yield from credentials_in_header(value)


def _redacted_members(
    plan: RedactionPlan, storage: str, record: Mapping[str, Any], names: Iterable[str]
) -> dict[str, Any]:
    """These members of a stored record, as far as they may be kept."""
    masked = plan.secrets.mask_record(storage, record)
    members = plan.records(storage).members({name: masked[name] for name in names if name in masked})
    return {name: mark_emptied(value, record[name]) for name, value in members.items()}


def _sent_json(content_type: str, body: bytes) -> Any:
    """The value of a JSON body, ABSENT for any other."""
    if not is_json(content_type):
        return ABSENT
    try:
        return loads(body)
    except (MalformedError, UndecodableError):
        return ABSENT


def _own_json(content_type: str, body: bytes) -> Any:
    """The same of a body we wrote ourselves: faster, with numbers beyond 64 bits rounded."""
    try:
        return orjson.loads(body) if is_json(content_type) else ABSENT
    except orjson.JSONDecodeError:
        return ABSENT
