"""Where reports go: `junit=PATH`, `json=PATH`, `html=PATH`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from contract_tests.redaction.masking import MaskedResult

KINDS = ("junit", "json", "html")
"""Each has a module of its name with `write(result, path)`."""


class SinkError(Exception):
    """A report that cannot be asked for or cannot be written; the text says why."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A report to write."""

    kind: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> Sink:
        """Read `KIND=PATH`. Raises SinkError naming the kinds."""
        kind, equals, path = text.partition("=")
        if kind not in KINDS or not equals or not path:
            raise SinkError(f"{text!r}: write KIND=PATH, where KIND is one of {', '.join(KINDS)}")
        return cls(kind, Path(path))

    def prepare(self) -> None:
        """Make sure the path can be written, before a run rather than after it. Raises SinkError."""
        if self.path.is_dir():
            raise SinkError(f"{self.path} is a directory")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SinkError(f"{self.path.parent}: {error.strerror}") from error
        new = not self.path.exists()
        try:
            self.path.open("ab").close()
        except OSError as error:
            raise SinkError(f"{self.path}: {error.strerror}") from error
        if new:
            self.path.unlink()

    def write(self, result: MaskedResult) -> None:
        """Write the report. Raises SinkError."""
        try:
            import_module(f"contract_tests.reports.{self.kind}").write(result, self.path)
        except OSError as error:
            raise SinkError(f"{self.path}: {error.strerror}") from error


def write_all(result: MaskedResult, sinks: Iterable[Sink]) -> None:
    """Write every report. Raises SinkError."""
    for sink in sinks:
        sink.write(result)
