"""Templates of replies: texts with values of the request, written by the author of an override.

The language is a part of Jinja: expressions, `if` and `for` without another `for` inside, and filters that do
not enlarge their input. Calls, assignments, imports and products are refused when a template is read, so that
a template takes time and memory in proportion to the request. What a client sent is only ever a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from mock_server.clock import to_rfc3339
from mock_server.when import UNREAD, RequestFacts

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

MAX_TEMPLATE = 20_000
"""The maximum length of the text of a template."""

MAX_OUTPUT = 1_000_000
"""The maximum length of a text that a template writes."""

VALUES = ("path", "query", "headers", "body", "method", "operation", "world", "now", "call")
FILTERS = ("default", "first", "float", "int", "last", "length", "lower", "string", "tojson", "trim", "upper")

_ALLOWED = frozenset(
    {
        *("Template", "Output", "TemplateData", "If", "For", "Name", "Const", "List", "Getattr", "Getitem"),
        *("Filter", "Test", "Compare", "Operand", "And", "Or", "Not", "CondExpr", "Add", "Sub", "Neg"),
    }
)
_LOOP = frozenset({"index", "index0", "first", "last", "length"})
_TESTS = frozenset({"defined", "undefined", "none", "string", "number", "boolean", "mapping", "sequence"})


class TemplateError(ValueError):
    """A template that is not allowed, or that cannot be rendered for a request."""


def compile_template(template: Any) -> Callable[[Mapping[str, Any]], Any]:
    """Compile a template: a text, or a JSON value whose strings are texts.

    A string that is a single expression becomes the value of the expression, so that numbers stay numbers.
    Returns a function from the values of a request to the text or JSON value. Raises TemplateError.
    """
    try:
        return _compile_text(template) if isinstance(template, str) else _compile_value(template)
    except RecursionError:
        raise TemplateError("is nested too deeply") from None


def request_values(request: RequestFacts, call: int) -> dict[str, Any]:
    """What templates know of a request. call: its number among those that the override matches."""
    body = request.read_body()
    query: dict[str, str] = {}
    for name, value in request.query:
        query.setdefault(name, value)
    return {
        "path": dict(request.path),
        "query": query,
        "headers": dict(request.headers),
        "body": None if body is UNREAD else body,
        "method": request.method,
        "operation": None if request.operation is None else request.operation.id,
        "world": request.world,
        "now": to_rfc3339(request.now),
        "call": call,
    }


def _compile_value(template: Any) -> Callable[[Mapping[str, Any]], Any]:
    if isinstance(template, str):
        return _compile_expression(template) or _compile_text(template)
    if isinstance(template, Mapping):
        members = {name: _compile_value(value) for name, value in template.items()}
        return lambda values: {name: render(values) for name, render in members.items()}
    if isinstance(template, list):
        entries = [_compile_value(entry) for entry in template]
        return lambda values: [render(values) for render in entries]
    return lambda _values: template


def _compile_text(text: str) -> Callable[[Mapping[str, Any]], str]:
    _check(text)
    compiled = _environment().from_string(text)

    def render(values: Mapping[str, Any]) -> str:
        written: list[str] = []
        length = 0
        for piece in _guarded(lambda: compiled.generate(values)):
            length += len(piece)
            if length > MAX_OUTPUT:
                raise TemplateError(f"writes more than {MAX_OUTPUT} characters")
            written.append(piece)
        return "".join(written)

    return render


def _compile_expression(text: str) -> Callable[[Mapping[str, Any]], Any] | None:
    """The value of a text that is one expression; None for any other text."""
    from jinja2 import nodes

    body = _check(text).body
    is_single = len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1
    if not is_single or isinstance(body[0].nodes[0], nodes.TemplateData):  # type: ignore[attr-defined]
        return None
    inside = text.strip()[2:-2].strip("-+")
    evaluate = _environment().compile_expression(inside)
    return lambda values: next(_guarded(lambda: iter([evaluate(values)])))


def _guarded(produce: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """What a template produces, with its errors as TemplateError."""
    from jinja2 import TemplateError as JinjaError

    try:
        yield from produce()
    except TemplateError:
        raise
    except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise TemplateError(f"cannot be rendered for this request: {error}") from error


def _check(text: str) -> nodes.Template:
    """The parsed template. Raises TemplateError for a syntax error and for what is not allowed."""
    from jinja2 import TemplateSyntaxError, meta, nodes

    if len(text) > MAX_TEMPLATE:
        raise TemplateError(f"must have at most {MAX_TEMPLATE} characters")
    try:
        parsed = _environment().parse(text)
    except TemplateSyntaxError as error:
        raise TemplateError(f"has a syntax error: {error}") from None
    for node in parsed.find_all(nodes.Node):
        _check_node(node)
    for loop in parsed.find_all(nodes.For):
        if any(True for _ in nodes.Template(loop.body + loop.else_).find_all(nodes.For)):
            raise TemplateError("must not have a for inside another one")
    # Jinja declares `self` and `super` itself.
    own = {node.name for node in parsed.find_all(nodes.Name)} & {"self", "super"}
    unknown = sorted(own | (meta.find_undeclared_variables(parsed) - set(VALUES)))
    if unknown:
        raise TemplateError(f"has an unknown value {unknown[0]!r} (allowed: {', '.join(VALUES)})")
    return parsed


def _check_node(node: nodes.Node) -> None:
    from jinja2 import nodes

    kind = type(node).__name__
    if kind not in _ALLOWED:
        words = "values of the request, if, for, comparisons, + and - of numbers, and filters"
        raise TemplateError(f"must not use {kind}; allowed: {words}")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        raise TemplateError(f"has an unknown filter {node.name!r} (allowed: {', '.join(FILTERS)})")
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise TemplateError(f"has an unknown test {node.name!r} (allowed: {', '.join(sorted(_TESTS))})")


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import ChainableUndefined
    from jinja2.runtime import LoopContext
    from jinja2.sandbox import SandboxedEnvironment

    class Bounded(SandboxedEnvironment):
        """Without attributes of objects, and with sums of numbers only."""

        intercepted_binops = frozenset({"+", "-"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not all(isinstance(value, int | float) for value in (left, right)):
                raise TypeError(f"{operator} is for numbers only: use the filter int")
            return super().call_binop(context, operator, left, right)

        def getattr(self, obj: Any, attribute: str) -> Any:
            if isinstance(obj, LoopContext):
                return getattr(obj, attribute) if attribute in _LOOP else self.undefined(name=attribute)
            # `body.items` is the member of that name, never the method of a dictionary.
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            try:
                return obj[argument]
            except (LookupError, TypeError, AttributeError):
                return self.undefined(obj=obj, name=argument)

    environment = Bounded(undefined=ChainableUndefined, autoescape=False, keep_trailing_newline=True)
    environment.globals.clear()
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    # The usual one escapes for HTML.
    environment.filters["tojson"] = _to_json
    return environment


def _to_json(value: Any) -> str:
    from jinja2 import Undefined

    from mock_server.contract.json_text import dumps

    return dumps(None if isinstance(value, Undefined) else value).decode()
