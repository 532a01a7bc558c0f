"""Words that say that an operation stops, restarts, purges, sends or pays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.drastic import drastic_word


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/letters/{id}/send", "send"),
        ("/briefe/{id}/versenden", "versenden"),
        ("/serveurs/{id}/redémarrer", "redemarrer"),
        ("/servidores/{id}/detener", "detener"),
        ("/rechnungen/{id}/überweisen", "uberweisen"),
        ("/ordini/{id}/rimborsare", "rimborsare"),
        ("/payers/{id}/archive", None),
        ("/zahlen/{id}/archiv", None),
    ],
)
def test_a_drastic_operation_is_known_in_several_languages(
    tmp_path: Path, path: str, word: str | None
) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    node = {"operationId": "act", "parameters": [parameter], "responses": {"204": {"description": "done"}}}
    spec = tmp_path / "spec.json"
    document = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {path: {"post": node}}}
    spec.write_text(json.dumps(document), encoding="utf-8")
    assert drastic_word(Contract.load("spec", spec).operations["act"], reads=False) == word
