"""Secrets replaced by placeholders, for files that are to be used again."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from mock_server.redaction.bodies import BodyRedaction, BodySchema
from mock_server.redaction.credentials import recognizable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mock_server.contract.plan import OperationPlan
    from mock_server.redaction.redactor import Redactor


class Placeholders:
    """Stand-ins for secrets: the same one for the same secret wherever it occurs, so that what refers to each
    other still does. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: dict[str, str] = {}

    def of(self, secret: str) -> str:
        """The placeholder of a secret. A placeholder stands for itself."""
        if not secret or secret.startswith("recorded-secret-"):
            return secret
        with self._lock:
            return self._names.setdefault(secret, f"recorded-secret-{len(self._names) + 1}")

    def learn(self, secrets: Iterable[str]) -> None:
        """Replace these wherever they occur from now on."""
        for secret in sorted(secrets):
            self.of(secret)

    def text(self, text: str) -> str:
        """The text with every known secret replaced that is long enough to be recognized in it."""
        for secret in sorted(recognizable(self._names), key=len, reverse=True):
            text = text.replace(secret, self._names[secret])
        return text

    def request_body(self, value: Any, redactor: Redactor, plan: OperationPlan, media_type: str) -> Any:
        """The value of a request body without secrets. media_type: the declared one it was read as."""
        operation = redactor.operation(plan)
        schema = operation.body(media_type)
        return self._redaction(operation.contract.secrets.names, schema).redact(value, schema)

    def reply_body(self, value: Any, redactor: Redactor, plan: OperationPlan, status: int) -> Any:
        """The value of a response body without secrets."""
        operation = redactor.operation(plan)
        redaction = self._redaction(operation.contract.secrets.names, None, is_error=status >= 400)
        return redaction.redact(value, operation.reply(status))

    def _redaction(
        self, names: frozenset[str], sent: BodySchema | None, *, is_error: bool = False
    ) -> BodyRedaction:
        return _Replacing(names, [], sent, is_error, self.of)


@dataclass(frozen=True, slots=True)
class _Replacing(BodyRedaction):
    """Writes a placeholder where another redaction masks."""

    placeholder: Callable[[str], str] = field(default=str)

    def _secret(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.placeholder(value)
        if isinstance(value, list):
            return [self._secret(item) for item in value]
        if isinstance(value, dict):
            return {name: self._secret(item) for name, item in value.items()}
        return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value
