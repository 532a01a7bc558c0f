"""The report formats: the one list from which the command line and its messages take the names.

To add a format here, add its name and its function to `_BUILT_IN`.

To add a format from another package, declare an entry point whose name is the format's name and whose value
is a function `write(result, path)`, which writes the report to a file. `result` is a
`contract_tests.redaction.masking.MaskedResult`: a `RunResult` without secrets.

    [project.entry-points."contract_tests.reports"]
    csv = "my_package.csv_report:write"
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from contract_tests import extensions
from contract_tests.redaction.masking import MaskedResult

GROUP = "contract_tests.reports"
"""The entry point group of report formats."""

_BUILT_IN = {
    "junit": "contract_tests.reports.junit:write",
    "json": "contract_tests.reports.json:write",
    "html": "contract_tests.reports.html:write",
    "github": "contract_tests.reports.github:write",
    "markdown": "contract_tests.reports.markdown:write",
    "code-quality": "contract_tests.reports.code_quality:write",
    "sarif": "contract_tests.reports.sarif:write",
    "ctrf": "contract_tests.reports.ctrf:write",
    "pytest": "contract_tests.reports.pytest_file:write",
}


_GROWING = ("json", "html", "junit")
"""Formats that are worth reading while a run goes on, or when it was killed."""

_APPENDED = ("markdown",)
"""Formats that are added to a file which others write to as well."""


class ReportError(Exception):
    """A report that cannot be asked for or cannot be written; the text says why."""


def format_names() -> tuple[str, ...]:
    """Every format: the built-in ones, then those of installed packages."""
    return extensions.names(GROUP, built_in=_BUILT_IN)


def _entry_point(name: str) -> EntryPoint:
    if name in _BUILT_IN:
        return EntryPoint(name, _BUILT_IN[name], GROUP)
    return extensions.installed(GROUP, built_in=_BUILT_IN)[name]


@dataclass(frozen=True, slots=True)
class Report:
    """A report to write. path: `-` for the standard output."""

    format: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> Report:
        """Read `FORMAT=PATH`. Raises ReportError naming the formats."""
        name, equals, path = text.partition("=")
        if name not in format_names() or not equals or not path:
            allowed = ", ".join(format_names())
            raise ReportError(f"{text!r}: write FORMAT=PATH, where FORMAT is one of {allowed}")
        return cls(name, Path(path))

    @property
    def grows(self) -> bool:
        """Whether it is written again and again while a run goes on."""
        return self.format in _GROWING and not self.is_printed

    @property
    def is_printed(self) -> bool:
        """Whether it goes to the standard output."""
        return self.path == Path("-")

    def prepare(self) -> None:
        """Make sure the report can be written, before a run rather than after it.

        Raises ReportError for the path, and ExtensionError for a format that cannot be loaded.
        """
        extensions.load(_entry_point(self.format))
        if self.is_printed:
            return
        if self.path.is_dir():
            raise ReportError(f"{self.path} is a directory")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ReportError(f"{self.path.parent}: {error.strerror}") from error
        new = not self.path.exists()
        try:
            self.path.open("ab").close()
        except OSError as error:
            raise ReportError(f"{self.path}: {error.strerror}") from error
        if new:
            self.path.unlink()

    def write(self, result: MaskedResult) -> None:
        """Write the report. Raises ReportError, and ExtensionError for a format that cannot be loaded."""
        write = extensions.load(_entry_point(self.format))
        if self.is_printed:
            with TemporaryDirectory() as folder:
                write(result, Path(folder) / self.format)
                click.echo((Path(folder) / self.format).read_text(encoding="utf-8"), nl=False)
            return
        try:
            with nullcontext(self.path) if self.format in _APPENDED else _replaced(self.path) as path:
                write(result, path)
        except OSError as error:
            raise ReportError(f"{self.path}: {error.strerror}") from error


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """A path to write to that then takes the place of `path` at once, so that no reader sees half a report.

    `path` itself where that is not possible: a device or pipe, or a folder in which nothing may be created.
    """
    whole = path.resolve()
    part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    if (whole.exists() and not whole.is_file()) or not os.access(whole.parent, os.W_OK):
        yield path
        return
    try:
        yield part
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def write_all(result: MaskedResult, reports: Iterable[Report]) -> None:
    """Write every report. Raises ReportError."""
    for report in reports:
        report.write(result)
