"""What is wrong with a spec, told with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mock_server.errors.startup import StartupError
from mock_server.yaml_file import line_of, read_text, read_yaml

_MOST = 5
"""More faults than these say no more than the first ones do."""

_REFERENCE = re.compile(r"the reference (\S+)")


def located(path: Path, error: StartupError) -> StartupError:
    """The same refusal with the lines of the file: of what the OpenAPI schema finds wrong, if it finds
    anything."""
    problems = list(_against_openapi(path))[:_MOST]
    return StartupError(*(problems or [_with_line(path, problem) for problem in error.problems]))


def _against_openapi(path: Path) -> Iterator[str]:
    """The faults a validator of OpenAPI documents finds; none where it cannot read the file either."""
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

    try:
        document = read_yaml(path)
    except StartupError:
        return
    if not isinstance(document, dict):
        return
    dated = str(document.get("openapi", "")).startswith("3.0")
    validator = (OpenAPIV30SpecValidator if dated else OpenAPIV31SpecValidator)(
        document, base_uri=path.as_uri()
    )
    try:
        for error in validator.iter_errors():
            place = [part for part in error.absolute_path if isinstance(part, str | int)]
            where = ".".join(map(str, place)) or "the document"
            line = (
                line_of(path, place)
                if place[:1] and place[0] in document
                else _line_with(path, error.instance)
            )
            yield f"{path}:{line}: {where}: {error.message.splitlines()[0][:200]}"
    except Exception:  # a third-party validator on a broken file: whatever it raises, we have our own message
        return


def _line_with(path: Path, value: Any) -> int:
    """The first line that holds a value whose place is not told; schemas are judged apart from the
    document."""
    lines = read_text(path).splitlines()
    return next((number for number, text in enumerate(lines, start=1) if str(value) in text), 1)


def _with_line(path: Path, problem: str) -> str:
    """A problem of our own with the line of the reference it speaks of."""
    reference = _REFERENCE.search(problem)
    if (
        reference is None
        or not problem.startswith(f"{path}:")
        or re.match(r":\d+:", problem[len(str(path)) :])
    ):
        return problem
    for number, text in enumerate(read_text(path).splitlines(), start=1):
        if reference[1] in text:
            return f"{path}:{number}:{problem[len(str(path)) + 1 :]}"
    return problem
