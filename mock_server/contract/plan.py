"""Compile an operation at start: everything that handling a request needs of its schemas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.by_identity import ByIdentity
from mock_server.contract.coercion import Coercion, Convert
from mock_server.contract.json_text import is_json
from mock_server.contract.operation import Contract, DocumentedResponse, Operation, Schema, SecurityScheme
from mock_server.contract.parameters import ParameterReaders, compile_parameters
from mock_server.contract.presentation import Project, Projector, RecordWriter, record_at, split
from mock_server.contract.validation import Check, SchemaCompiler
from mock_server.errors.api_error import Violation


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How a request body of one media type is coerced and validated."""

    required: bool
    check: Check
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The JSON text before and after the record in a body. violations: of what is around it."""

    before: bytes
    after: bytes
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class RecordsPlan:
    """How the records in the body of a declared response are written.

    is_list: whether there are several. around: checks the body with an empty list, or null, in their place.
    frames: what is written around a single record, by what the handler gave.
    """

    writer: RecordWriter
    is_list: bool
    around: Check
    frames: ByIdentity[Frame] = field(default_factory=ByIdentity)


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """How a declared response is projected, checked and written.

    media_type: None for one without a body. headers: by lower-case name. records: None where they cannot be
    written apart from the body around them, as in a body that is not JSON. example: the first one, where
    replies show members that it alone declares.
    """

    media_type: str | None = None
    check: Check | None = None
    project: Project | None = None
    headers: Mapping[str, Check] = field(default_factory=dict)
    records: RecordsPlan | None = None
    example: Any = None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Security schemes that are required together.

    schemes: by id. carriers: location and name of what carries each credential. roles: all that are required.
    """

    schemes: tuple[tuple[str, SecurityScheme], ...]
    carriers: frozenset[tuple[str, str]]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """One compiled operation.

    body: for the preferred media type (see json_content). bodies: by every accepted media type. replies: by
    status ("200"), range ("4XX") or "default". success: the default status of a successful reply. usual: the
    response declared for it.
    """

    operation: Operation
    readers: ParameterReaders
    body: BodyPlan | None
    bodies: Mapping[str, BodyPlan]
    replies: Mapping[str, ReplyPlan]
    success: int
    usual: ReplyPlan | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "usual", self.reply(self.success))

    def reply(self, status: int) -> ReplyPlan | None:
        """Return the response declared for a status, the most specific key first, or None."""
        exact = self.replies.get(str(status))
        return exact or self.replies.get(f"{status // 100}XX") or self.replies.get("default")


def compile_plan(
    operation: Operation,
    contract: Contract,
    *,
    compiler: SchemaCompiler,
    projector: Projector,
    coercion: Coercion,
    records_at: str | None = None,
    shows_examples: bool = False,
) -> OperationPlan:
    """Compile an operation.

    records_at: dotted path of the record or list in the bodies of successes, empty for the body itself; None
    where records are not written apart from it. shows_examples: whether replies show members that only their
    example declares. Raises StartupError when a schema is invalid.
    """
    place = f"operation {operation.id}"
    readers = compile_parameters(
        operation.parameters,
        compiler=compiler,
        coercion=coercion,
        schemas=contract.schemas,
        place=place,
    )
    body: BodyPlan | None = None
    bodies: dict[str, BodyPlan] = {}
    if operation.body is not None:
        for media_type, schema in operation.body.content.items():
            # A form carries only text, so numbers in it are converted whatever the platform.
            converted = coercion.bodies or is_form(media_type)
            bodies[media_type] = BodyPlan(
                required=operation.body.required,
                check=compiler.check(schema, sent=True, place=f"{place}, request body"),
                convert=coercion.compile(schema, contract.schemas) if converted else None,
            )
        preferred, _ = json_content(operation.body.content)
        body = bodies.get(preferred)
    replies = {
        status if status == "default" else status.upper(): _reply_plan(
            response,
            compiler=compiler,
            projector=projector,
            place=f"{place}, response {status}",
            records_at=records_at if status.startswith("2") else None,
            shows_examples=shows_examples,
        )
        for status, response in operation.responses.items()
    }
    return OperationPlan(operation, readers, body, bodies, replies, operation.success())


def compile_security(operation: Operation, contract: Contract) -> tuple[Alternative, ...]:
    """Compile the security requirements of an operation; an empty one asks for nothing."""
    return tuple(
        Alternative(
            tuple((scheme, contract.schemes[scheme]) for scheme in requirement),
            frozenset(_carrier(contract.schemes[scheme]) for scheme in requirement),
            tuple(role for roles in requirement.values() for role in roles),
        )
        for requirement in operation.security
        if requirement
    )


def _carrier(scheme: SecurityScheme) -> tuple[str, str]:
    """Location and name of what carries a credential of this scheme."""
    if scheme.carrier in {"query", "cookie"}:
        return scheme.carrier, scheme.name
    return "header", scheme.name.lower()


def _reply_plan(
    response: DocumentedResponse,
    *,
    compiler: SchemaCompiler,
    projector: Projector,
    place: str,
    records_at: str | None,
    shows_examples: bool,
) -> ReplyPlan:
    headers = {
        name: compiler.check(schema, sent=False, place=f"{place}, header {name}")
        for name, schema in response.headers.items()
    }
    if not response.content:
        return ReplyPlan(headers=headers)
    media_type, schema = json_content(response.content)
    check = compiler.check(schema, sent=False, place=place)
    example = next(iter(response.examples.get(media_type, {}).values()), None) if shows_examples else None
    records: RecordsPlan | None = None
    if records_at is not None and is_json(media_type):
        parts = split(schema, records_at, check.schemas)
        if parts is not None:
            shown = record_at(example, records_at, is_list=parts.is_list)
            writer = RecordWriter(
                projector.compile(parts.record), compiler.check(parts.record, sent=False, place=place), shown
            )
            around = compiler.check(parts.around, sent=False, place=place)
            records = RecordsPlan(writer, parts.is_list, around)
    return ReplyPlan(media_type, check, projector.compile(schema), headers, records, example)


def json_content(content: Mapping[str, Schema]) -> tuple[str, Schema]:
    """Return the preferred media type and its schema: application/json, else another JSON, else the first."""
    for media_type, schema in content.items():
        if media_type.partition(";")[0].strip() == "application/json":
            return media_type, schema
    for media_type, schema in content.items():
        if "json" in media_type:
            return media_type, schema
    return next(iter(content.items()), ("application/json", True))


def is_form(media_type: str) -> bool:
    """Whether a body of this type carries numbers and booleans as text."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in {"application/x-www-form-urlencoded", "multipart/form-data"} or plain.endswith("xml")
