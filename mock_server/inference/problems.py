"""Add file and line to the problems of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mock_server.errors.startup import StartupError
from mock_server.yaml_file import line_of, read_text, read_yaml

_MOST = 5
"""Maximum number of reported violations; one error in a spec often causes many."""

_REFERENCE = re.compile(r"the reference (\S+)")


def located(path: Path, error: StartupError) -> StartupError:
    """Return an error with line numbers.

    Its problems are the violations of the OpenAPI schema if there are any, else those of `error`.
    """
    problems = list(_against_openapi(path))[:_MOST]
    return StartupError(*(problems or [_with_line(path, problem) for problem in error.problems]))


def _against_openapi(path: Path) -> Iterator[str]:
    """The violations that a validator of OpenAPI documents finds; none if it cannot read the file."""
    # Imported on first use: it is slow to import and only needed for a broken spec.
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    try:
        document = read_yaml(path)
    except StartupError:
        return
    if not isinstance(document, dict):
        return
    is_openapi30 = str(document.get("openapi", "")).startswith("3.0")
    validator_class = OpenAPIV30SpecValidator if is_openapi30 else OpenAPIV31SpecValidator
    validator = validator_class(document, base_uri=path.as_uri())
    try:
        for error in validator.iter_errors():
            place = [part for part in error.absolute_path if isinstance(part, str | int)]
            where = ".".join(map(str, place)) or "the document"
            # Schemas are validated apart from the document, with paths relative to themselves.
            in_document = bool(place) and place[0] in document
            line = line_of(path, place) if in_document else _line_with(path, error.instance)
            yield f"{path}:{line}: {where}: {error.message.splitlines()[0][:200]}"
    except Exception:
        # A third-party validator may raise anything on a broken file; the caller has its own message.
        return


def _line_with(path: Path, value: Any) -> int:
    """The first line that contains a value of unknown location; 1 without any."""
    lines = read_text(path).splitlines()
    return next((number for number, text in enumerate(lines, start=1) if str(value) in text), 1)


def _with_line(path: Path, problem: str) -> str:
    """One of this package's messages with the line of the reference that it mentions, if any."""
    reference = _REFERENCE.search(problem)
    if reference is None or not problem.startswith(f"{path}:"):
        return problem
    has_line = re.match(r":\d+:", problem[len(str(path)) :])
    if has_line:
        return problem
    for number, text in enumerate(read_text(path).splitlines(), start=1):
        if reference[1] in text:
            return f"{path}:{number}:{problem[len(str(path)) + 1 :]}"
    return problem
