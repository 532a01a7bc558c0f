"""The proof plan: an honest server, the target file to judge it by, and the defects planted in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract_tests.openapi.yaml_file import UnreadableError, YamlFile

NO_SENTENCE = "none"
"""What `breaks` says of a defect that contradicts no sentence: a warning is right."""

Pointer = str
"""A JSON pointer into the body of an answer or request; a part `*` stands for every item or member."""

ANSWER_CHANGES = frozenset(
    {"to_status", "set", "remove", "copy", "items", "replace", "set_header", "drop_header", "remember"}
)
REQUEST_CHANGES = frozenset(
    {"drop_query", "set_query", "remove_sent", "set_sent", "send_header", "send_as", "send_to", "answer"}
)
CHANGES = ANSWER_CHANGES | REQUEST_CHANGES | {"twice", "seconds"}
"""What a defect may do; one of them at least."""


class PlanError(Exception):
    """A plan that cannot be used; the text names file, line, field and what is allowed, one line each."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Answer(_Strict):
    """An answer that the proxy gives itself. body: JSON; none where it is absent."""

    status: int = Field(ge=200, le=599)
    body: Any = None


class Replacement(_Strict):
    """A text of a body and the one that takes its place."""

    find: str = Field(min_length=1)
    by: str


class Rule(_Strict):
    """Which exchanges a proxy changes, and how.

    Which: methods (all when empty), path (a template relative to the base URL; `{name}` stands for one
    segment), with_query (parameters the request must have), statuses of the server's answer (all when empty).
    every: only each n-th exchange that matches.

    The request: drop_query and set_query change parameters, remove_sent and set_sent the JSON body,
    send_header replaces headers (an empty value drops one), send_as the method and send_to the path, another
    template with the names of `path`; twice sends it a second time. answer: given without asking the server.

    The answer: to_status, set and remove change status and members, copy gives a member's value to another
    member of the same object, items drops, doubles or reverses the items of a list, replace changes texts of
    the body, set_header and drop_header headers. remember:
    every later request of that address gets the first answer. seconds: the delay of the answer.
    """

    methods: tuple[str, ...] = ()
    path: str = Field(default="", pattern=r"^(/.*)?$")
    with_query: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    every: int = Field(default=1, ge=1)

    drop_query: tuple[str, ...] = ()
    set_query: dict[str, str] = {}
    remove_sent: tuple[Pointer, ...] = ()
    set_sent: dict[Pointer, Any] = {}
    send_header: dict[str, str] = {}
    send_as: str = ""
    send_to: str = ""
    twice: bool = False
    answer: Answer | None = None

    to_status: int | None = Field(default=None, ge=200, le=599)
    set: dict[Pointer, Any] = {}
    remove: tuple[Pointer, ...] = ()
    copy_to: dict[Pointer, str] = Field(default={}, alias="copy")
    items: dict[Pointer, Literal["drop_first", "drop_last", "double_last", "reverse", "keep_first"]] = {}
    replace: tuple[Replacement, ...] = ()
    set_header: dict[str, str] = {}
    drop_header: tuple[str, ...] = ()
    remember: bool = False
    seconds: float = Field(default=0.0, ge=0, le=60)

    @model_validator(mode="after")
    def _changes_something(self) -> Rule:
        names = {"copy" if name == "copy_to" else name for name in self.model_fields_set}
        if names.isdisjoint(CHANGES):
            changes = sorted(CHANGES)
            raise ValueError(f"the rule changes nothing; give at least one of {', '.join(changes)}")
        return self


class Server(_Strict):
    """A server that a plan judges. arguments: added to the plan's command."""

    id: str = Field(min_length=1)
    arguments: tuple[str, ...] = ()


class Defect(Server):
    """A mistake and how it is planted: by arguments of the server's command, or by rules of a proxy.

    kind: its class. breaks: the sentence it contradicts with the place where it stands, or `none`. says: what
    is wrong.
    """

    kind: str = Field(alias="class", min_length=1)
    breaks: str = Field(default=NO_SENTENCE, min_length=1)
    says: str = ""
    proxy: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _is_planted(self) -> Defect:
        if not self.arguments and not self.proxy:
            raise ValueError("give arguments of the command, or proxy with rules")
        return self


class Plan(_Strict):
    """A whole plan.

    source: under which title its figures appear. server: the server's name, unique in a results file.
    command: starts it in the foreground on a free port and prints its address, to which the path of the
    target's base_url is added where it has none; without a command the server runs already at base_url.
    `{folder}` stands for a new folder in it and in target, `{python}` for the interpreter. directory: where
    the command runs, relative to the plan. target: the target file relative to the plan, read after the
    start. tags: those of the operations that are judged, all when empty. accepted: patterns of the
    requirements that the honest server really breaks, which do not count. source_file: the plan itself.
    """

    source: str = "servers"
    server: str
    target: str
    command: tuple[str, ...] = ()
    directory: Path = Path()
    tags: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    honest: tuple[Server, ...] = (Server(id="default"),)
    defects: tuple[Defect, ...] = ()
    source_file: Path = Path()

    @model_validator(mode="after")
    def _is_consistent(self) -> Plan:
        if not self.honest:
            raise ValueError("honest needs at least one entry: defects are compared with the first")
        names = [entry.id for entry in (*self.honest, *self.defects)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the id {name!r} occurs twice")
        if not self.command:
            for entry in (*self.honest, *self.defects):
                if entry.arguments:
                    raise ValueError(f"{entry.id}: arguments need a command")
        return self

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a plan. Raises PlanError for one that cannot be used."""
        try:
            file = YamlFile.read(path)
        except UnreadableError as error:
            raise PlanError(str(error)) from error
        if not isinstance(file.value, dict):
            raise PlanError(f"{path}:1: must be an object with the members {', '.join(_members(cls))}")
        try:
            return cls.model_validate(file.value | {"source_file": path})
        except ValidationError as error:
            raise PlanError("\n".join(_lines(error, file))) from error


def _lines(error: ValidationError, file: YamlFile) -> list[str]:
    """One line a problem: file, line, field and what is wrong."""
    lines = []
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        line = file.line("".join(f"/{part}" for part in place))
        words = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            words = f"no such field; allowed are {', '.join(_members(_model_at(place)))}"
        lines.append(f"{file.path}:{line}: {'.'.join(place) or 'the file'}: {words}")
    return lines


def _model_at(place: list[str]) -> type[_Strict]:
    """The model whose field the last part of a place is."""
    if "proxy" in place and "answer" in place:
        return Answer
    if "proxy" in place:
        return Replacement if "replace" in place else Rule
    models: dict[str, type[_Strict]] = {"defects": Defect, "honest": Server}
    return models.get(place[0], Plan)


def _members(model: type[_Strict]) -> list[str]:
    fields = model.model_fields.items()
    return [field.alias or name for name, field in fields if name != "source_file"]
