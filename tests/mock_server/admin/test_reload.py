"""The files are read again on demand; a broken one changes nothing and is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from mock_server.admin.api import AdminApi
from mock_server.admin.guard import Guard
from mock_server.app import admin_context, build_engine
from mock_server.data import fixtures_dir, openapi_dir
from tests.mock_server.admin.conftest import SETTINGS, Admin


@pytest.fixture
def own(tmp_path: Path) -> tuple[Admin, Path]:
    """A server of one contract whose files lie in a folder of its own."""
    openapi, fixtures = tmp_path / "openapi", tmp_path / "fixtures"
    shutil.copytree(openapi_dir(), openapi)
    shutil.copytree(fixtures_dir(), fixtures)
    settings = replace(SETTINGS, contracts=("hydracore",), openapi=openapi, fixtures=fixtures)
    engine = build_engine(settings)
    return Admin(engine, AdminApi(admin_context(engine, settings), Guard())), openapi / "hydracore.yaml"


def test_before_any_reload_the_start_is_reported(admin: Admin) -> None:
    told = admin("GET", "/reload").body
    assert (told["current"], told["problems"], told["dropped"]) == (True, [], [])


def test_a_changed_title_is_there_after_a_reload(own: tuple[Admin, Path]) -> None:
    admin, file = own
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("HydraCore connections", "Renamed", 1), encoding="utf-8")
    assert admin("POST", "/reload").body["current"] is True
    assert admin("GET", "/contracts").body["items"][0]["title"] == "Renamed"


def test_a_broken_file_keeps_what_was_played(own: tuple[Admin, Path]) -> None:
    admin, file = own
    before = admin("GET", "/contracts").body
    file.write_text("openapi: [", encoding="utf-8")
    refused = admin("POST", "/reload")
    assert (refused.status, "hydracore.yaml" in refused.detail) == (409, True)
    told = admin("GET", "/reload").body
    assert (told["current"], len(told["problems"]) > 0) == (False, True)
    assert admin("GET", "/contracts").body == before
