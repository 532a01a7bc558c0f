"""The document that a deployment shows of itself is found, and undocumented routes are named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from contract_tests.cli import main
from contract_tests.engine.own_document import own_document
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.yaml_file import read_yaml
from contract_tests.requirements.results import OwnDocument
from contract_tests.session.client import Client
from contract_tests.session.context import RunContext
from contract_tests.target.target_file import Target
from tests.contract_tests.conftest import SPEC, ShelfApp

Make = Callable[..., RunContext]


class Pet(BaseModel):
    """A record of the server."""

    id: str
    name: str


def _answer() -> list[Pet]:
    return []


def _served(*routes: str) -> FastAPI:
    app = FastAPI()
    for route in routes:
        app.add_api_route(route, _answer, methods=["GET"], response_model=list[Pet])
    return app


def _document_of(app: Any, spec: Path) -> OwnDocument | None:
    target = Target.model_validate(
        {"contracts": {"pets": {"base_url": "http://pets.test", "asgi": app, "spec": spec}}}
    )
    contract = target.contract("pets")
    client = Client(contract, target.contracts["pets"])
    try:
        context = RunContext(contract, target.contracts["pets"], None, client, seed=1)  # type: ignore[arg-type]
        return own_document(context, [contract])
    finally:
        client.close()


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """The document that FastAPI writes of a server with one route."""
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(_served("/pets").openapi()), encoding="utf-8")
    return path


def test_a_server_that_does_what_is_documented_shows_no_difference(pets: Path) -> None:
    found = _document_of(_served("/pets"), pets)

    assert found is not None
    assert found.address == "http://pets.test/openapi.json"
    assert found.differences == ()


def test_undocumented_routes_of_a_fastapi_server_are_named(pets: Path) -> None:
    found = _document_of(_served("/pets", "/pets/{name}", "/admin"), pets)

    assert found is not None
    assert found.undocumented == ("GET /pets/{name}", "GET /admin")
    assert found.lines[0] == "undocumented: GET /pets/{name}"


@pytest.mark.parametrize("app", [_served("/cats"), FastAPI(openapi_url=None)], ids=["another API", "none"])
def test_a_document_of_another_api_is_left_alone(app: FastAPI, pets: Path) -> None:
    assert _document_of(app, pets) is None


def test_a_route_that_another_contract_of_the_run_documents_is_not_named(
    shelf_context: Make, pets: Path
) -> None:
    context = shelf_context(Documented())
    other = Contract.load("other", pets)

    alone, both = own_document(context, [context.contract]), own_document(context, [context.contract, other])

    assert alone is not None
    assert both is not None
    assert set(alone.undocumented) - set(both.undocumented) == {"GET /pets"}


class Documented(ShelfApp):
    """The shelf with a document of itself that has further routes and lacks an operation."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/openapi.json":
            return super().__call__(environ, start_response)
        self.requests.append("GET /openapi.json")
        document = read_yaml(SPEC)
        answer = {"responses": {"200": {"description": "it"}}}
        document["paths"] |= {"/secret": {"get": answer}, "/pets": {"get": answer}}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]


@pytest.fixture
def documented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Documented:
    """The application that `target.toml` of the folder names."""
    application = Documented()
    monkeypatch.setattr(f"{__name__}.application", application, raising=False)
    (tmp_path / "target.toml").write_text(
        f'[contracts.shelf]\nbase_url = "http://shelf.test/api"\nwsgi = "{__name__}:application"\n'
        f'spec = "{SPEC}"\nknown = {{shelf = "one"}}\n'
        '[contracts.shelf.credentials.writer]\nscheme = "bearer"\nvalue = "token-of-the-writer"\n'
        'roles = ["write"]\n',
        encoding="utf-8",
    )
    return application


@pytest.mark.parametrize(("option", "code"), [("show", 0), ("fail", 1), ("ignore", 0)])
def test_differences_show_and_fail_a_run_only_when_asked_to(
    option: str, code: int, tmp_path: Path, documented: Documented, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = option != "ignore"
    reports = {name: tmp_path / f"report.{name}" for name in ("json", "html")}
    arguments = ["run", "--target", str(tmp_path / "target.toml"), "--family", "examples"]
    written = [text for name, path in reports.items() for text in ("--report", f"{name}={path}")]

    with pytest.raises(SystemExit) as left:
        main([*arguments, *written, "--own-document", option])

    assert left.value.code == code
    assert ("GET /openapi.json" in documented.requests) is asked
    assert ("undocumented: GET /secret" in capsys.readouterr().out) is asked
    documents = json.loads(reports["json"].read_text(encoding="utf-8"))["documents"]
    assert [each["address"] for each in documents] == ["http://shelf.test/openapi.json"] * asked
    assert ("GET /secret" in reports["html"].read_text(encoding="utf-8")) is asked
