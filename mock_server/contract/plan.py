"""An operation compiled: everything a request needs of its schemas, prepared at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_server.contract.coercion import Coercion, Convert
from mock_server.contract.operation import Contract, Operation, Response, Schema
from mock_server.contract.parameters import Readers, compile_parameters
from mock_server.contract.projection import Project, Projector
from mock_server.contract.validation import Check, Judge


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How a request body is validated."""

    required: bool
    check: Check
    convert: Convert | None


@dataclass(frozen=True, slots=True)
class ReplyPlan:
    """What a declared response carries. media_type: None for one without a body."""

    media_type: str | None
    check: Check | None
    project: Project | None
    headers: Mapping[str, Check]


@dataclass(frozen=True, slots=True)
class OperationPlan:
    """One compiled operation.

    body: of the media type the mock speaks. bodies: of every media type that is taken. replies: by status, or
    by a range ("4XX") or "default".
    """

    operation: Operation
    readers: Readers
    body: BodyPlan | None
    bodies: Mapping[str, BodyPlan]
    replies: Mapping[str, ReplyPlan]
    success: int

    def reply(self, status: int) -> ReplyPlan | None:
        """What the contract declares for a status, or None when it does not know it."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.replies:
                return self.replies[key]
        return None


def compile_plan(
    operation: Operation, contract: Contract, *, judge: Judge, projector: Projector, coercion: Coercion
) -> OperationPlan:
    """Compile an operation. Raises StartupError when a schema is broken."""
    place = f"operation {operation.id}"
    readers = compile_parameters(
        operation.parameters, judge=judge, coercion=coercion, schemas=contract.schemas, place=place
    )
    needed = operation.body is not None and operation.body.required
    bodies = {
        media_type: BodyPlan(
            required=needed,
            check=judge.check(schema, sent=True, place=f"{place}, request body"),
            convert=coercion.compile(schema, contract.schemas)
            if coercion.bodies or is_form(media_type)
            else None,
        )
        for media_type, schema in (operation.body.content.items() if operation.body else ())
    }
    body = bodies[json_content(operation.body.content)[0]] if operation.body and bodies else None
    replies = {
        status if status == "default" else status.upper(): _reply_plan(
            response, judge=judge, projector=projector, place=f"{place}, response {status}"
        )
        for status, response in operation.responses.items()
    }
    return OperationPlan(operation, readers, body, bodies, replies, operation.success())


def _reply_plan(response: Response, *, judge: Judge, projector: Projector, place: str) -> ReplyPlan:
    headers = {
        name: judge.check(schema, sent=False, place=f"{place}, header {name}")
        for name, schema in response.headers.items()
    }
    if not response.content:
        return ReplyPlan(None, None, None, headers)
    media_type, schema = json_content(response.content)
    check = judge.check(schema, sent=False, place=place)
    return ReplyPlan(media_type, check, projector.compile(schema), headers)


def json_content(content: Mapping[str, Schema]) -> tuple[str, Schema]:
    """The media type the mock speaks: application/json where it is declared, else another JSON, else the
    first."""
    for media_type, schema in content.items():
        if media_type.partition(";")[0].strip() == "application/json":
            return media_type, schema
    for media_type, schema in content.items():
        if "json" in media_type:
            return media_type, schema
    return next(iter(content.items()), ("application/json", True))


def is_form(media_type: str) -> bool:
    """Whether a body of this type carries texts that mean numbers and truth values."""
    plain = media_type.partition(";")[0].strip().lower()
    return plain in {"application/x-www-form-urlencoded", "multipart/form-data"} or plain.endswith("xml")
