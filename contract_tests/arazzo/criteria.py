"""Arazzo 1.0 criteria: whether a simple condition, a regular expression or a JSONPath query holds."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from contract_tests.arazzo.expressions import Scope, as_text, walk

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<operator><=|>=|==|!=|&&|\|\||[<>!()])
    | (?P<expression>\$[A-Za-z][A-Za-z0-9_.\-]*(?:\#(?:/[^\s()=!<>&|]*)*)?)
    | (?P<tail>(?:\[\d+\]|\.[A-Za-z0-9_-]+)+)
    | (?P<string>'(?:[^']|'')*'|"[^"]*")
    | (?P<number>-?\d+(?:\.\d+)?)
    | (?P<word>true|false|null)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ConditionError(ValueError):
    """A condition that cannot be understood."""


def holds(criterion: Mapping[str, Any], scope: Scope) -> bool:
    """Whether one Criterion Object holds.

    Raises ConditionError for a condition that cannot be understood (XPath among them) and ExpressionError for
    a context that is not an expression.
    """
    kind = criterion.get("type", "simple")
    kind = kind.get("type") if isinstance(kind, Mapping) else kind
    condition = criterion["condition"]
    if kind == "simple":
        return _truth(_Parser(condition, scope).parsed())
    context = scope.value(criterion["context"])
    if kind == "regex":
        return context is not None and re.search(condition, as_text(context)) is not None
    if kind == "jsonpath":
        return _selects(scope.filled_query(condition), context)
    raise ConditionError(f"criteria of type {kind!r} are not supported")


def _selects(query: str, value: Any) -> bool:
    """Whether a query selects anything.

    A filter at the root is asked of the value itself, as the specification's own example does
    (`$[?count(@.pets) > 0]`), where RFC 9535 alone would ask it of the value's members.
    """
    from jsonpath import JSONPathError

    wrapped = query.startswith("$[?") and not isinstance(value, list)
    try:
        return bool(_environment().findall(query, [value] if wrapped else value))
    except JSONPathError as error:
        raise ConditionError(f"{query}: {error}") from error


@cache
def _environment() -> Any:
    from jsonpath import JSONPathEnvironment

    return JSONPathEnvironment(strict=True)


class _Parser:
    """Recursive descent over: or := and ('||' and)*; and := not ('&&' not)*; comparison; operand."""

    def __init__(self, condition: str, scope: Scope) -> None:
        self._condition = condition
        self._scope = scope
        self._tokens = self._split()
        self._next = 0

    def parsed(self) -> Any:
        """The value of the whole condition."""
        value = self._or()
        if self._next != len(self._tokens):
            raise self._error()
        return value

    def _split(self) -> list[tuple[str, str]]:
        tokens, at, text = [], 0, self._condition.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None or match.lastgroup is None:
                raise ConditionError(f"{text!r} cannot be understood from {text[at:]!r} on")
            tokens.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()
        return tokens

    def _error(self) -> ConditionError:
        here = " ".join(text for _, text in self._tokens[self._next :]) or "its end"
        return ConditionError(f"{self._condition!r} cannot be understood at {here}")

    def _take(self, *texts: str) -> str | None:
        kind, text = self._tokens[self._next] if self._next < len(self._tokens) else ("", "")
        if kind == "operator" and text in texts:
            self._next += 1
            return text
        return None

    def _or(self) -> Any:
        value = self._and()
        while self._take("||"):
            right = self._and()
            value = _truth(value) or _truth(right)
        return value

    def _and(self) -> Any:
        value = self._comparison()
        while self._take("&&"):
            right = self._comparison()
            value = _truth(value) and _truth(right)
        return value

    def _comparison(self) -> Any:
        left = self._operand()
        symbol = self._take("==", "!=", "<", "<=", ">", ">=")
        return left if symbol is None else _compared(symbol, left, self._operand())

    def _operand(self) -> Any:
        if self._take("!"):
            return not _truth(self._operand())
        if self._take("("):
            value = self._or()
            if not self._take(")"):
                raise self._error()
            return value
        if self._next == len(self._tokens) or self._tokens[self._next][0] in ("operator", "tail"):
            raise self._error()
        kind, text = self._tokens[self._next]
        self._next += 1
        return self._dereferenced(self._literal(kind, text))

    def _literal(self, kind: str, text: str) -> Any:
        if kind == "expression":
            return self._scope.value(text)
        if kind == "string":
            return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
        if kind == "number":
            return float(text) if "." in text else int(text)
        return _WORDS[text]

    def _dereferenced(self, value: Any) -> Any:
        while self._next < len(self._tokens) and self._tokens[self._next][0] == "tail":
            value = walk(value, self._tokens[self._next][1])
            self._next += 1
        return value


def _compared(symbol: str, left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.casefold(), right.casefold()  # strings are compared without case, section 4.6.11.2
    if symbol in ("==", "!="):
        same = left == right and isinstance(left, bool) is isinstance(right, bool)
        return same is (symbol == "==")
    comparable = all(isinstance(side, (int, float)) for side in (left, right)) or (
        isinstance(left, str) and isinstance(right, str)
    )
    return comparable and _ORDERED[symbol](left, right)


def _truth(value: Any) -> bool:
    return value is not None and value is not False
