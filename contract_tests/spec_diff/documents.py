"""Where a document to compare comes from: a file, an address, or the usual places of a deployment."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlsplit

import httpx

from contract_tests.openapi.contract import Contract, SpecError
from contract_tests.openapi.yaml_file import UnreadableError

USUAL_PLACES: Final = (
    "/openapi.json",
    "/openapi.yaml",
    "/v3/api-docs",
    "/api/openapi.json",
    "/docs/openapi.json",
    "/swagger.json",
    "/api/documentation.json",
)
"""Where frameworks show their own document, below the address of the deployment."""

_TIMEOUT: Final = 30.0


class DocumentError(Exception):
    """A document that cannot be had; the text says what was asked for."""


def contract_at(where: str) -> Contract:
    """The contract of a file or of an address, which may be that of the document or of the deployment.

    Raises DocumentError, SpecError and UnreadableError.
    """
    if not where.startswith(("http://", "https://")):
        path = Path(where)
        if not path.is_file():
            raise DocumentError(f"the file {where} does not exist")
        return Contract.load(path.stem, path)
    asked = []
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        for address in (where, *(where.rstrip("/") + place for place in USUAL_PLACES)):
            try:
                answer = client.get(address)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise DocumentError(f"{address} does not answer: {error}") from error
            asked.append(urlsplit(address).path or "/")
            found = document_in(answer)
            if found is not None:
                return found
    raise DocumentError(f"{where} shows no OpenAPI 3 document; asked for {', '.join(asked)}")


def document_in(answer: httpx.Response) -> Contract | None:
    """The OpenAPI document that an answer is; None where it is none."""
    if not answer.is_success:
        return None
    suffix = ".json" if _is_json(answer.text) else ".yaml"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"openapi{suffix}"
        path.write_bytes(answer.content)
        try:
            return Contract.load("openapi", path)
        except (SpecError, UnreadableError):
            return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
