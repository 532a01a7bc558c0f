"""Why a spec cannot be served: where it violates the schema of OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mock_server.errors.startup import StartupError
from mock_server.yaml_file import line_of, read_text, read_yaml

_MOST = 5
"""Maximum number of reported violations; one error in a spec often causes many."""


def violations(path: Path) -> StartupError:
    """Return an error with the violations of the OpenAPI schema, each with its line."""
    return StartupError(*list(_against_openapi(path))[:_MOST])


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
