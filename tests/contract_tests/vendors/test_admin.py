"""The harness tests the admin API of the mock like any contract."""

from __future__ import annotations

import pytest

from contract_tests.checks.lib.records import may_be_sent, steady_members
from contract_tests.engine.runner import run
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.openapi.files import openapi_dir
from contract_tests.openapi.paging import following
from contract_tests.openapi.resources import Resources
from contract_tests.target.target_file import Target
from contract_tests.verdicts import Verdict
from mock_server.app import create_app
from mock_server.settings import Settings

SPEC = openapi_dir() / "admin.yaml"
SYNC = "5ff19fb0-93f4-48eb-8f93-3353bbc318c5"


@pytest.fixture(scope="module")
def admin() -> Contract:
    return Contract.load("admin", SPEC)


@pytest.mark.slow
def test_the_admin_api_holds(citations: Citations, monkeypatch: pytest.MonkeyPatch) -> None:
    # Many calls wait for requests that never come.
    monkeypatch.setattr("mock_server.admin.requests.LONGEST_WAIT", 0.01)
    app = create_app(Settings(strict_replies=True))
    client = app.test_client()
    asked = client.get("/v1/admin/connector-providers", headers={"X-Mock-World": "asked"})
    known = {
        "world": "default",
        "contract": "aimable",
        "collection": "syncs",
        "key": SYNC,
        "request": asked.headers["X-Mock-Request-Id"],
    }
    one = {"base_url": "http://127.0.0.1/__admin", "wsgi": app, "spec": SPEC, "known": known}
    result = run(Target.model_validate({"contracts": {"admin": one}}), citations=citations)
    assert not result.problems
    bad = {Verdict.FAILED, Verdict.ERRORED, Verdict.WARNING}
    assert [(one.requirement.id, str(one.finding)) for one in result.outcomes if one.verdict in bad] == []
    assert sum(one.verdict is Verdict.PASSED for one in result.outcomes) > 900


def test_a_put_that_documents_201_makes_what_its_path_names(admin: Contract) -> None:
    may_make = {one.id: one.may_make for one in admin.operations.values() if one.may_make}
    assert may_make == {"putRecord": "key", "importSnapshot": "snapshot"}
    assert admin.operation("putRecord").makes == "key"


def test_an_optional_record_is_created_before_it_is_read(admin: Contract) -> None:
    found = {
        one.id: put.id
        for one in admin.operations.values()
        if (put := Resources(admin).put_there(one)) is not None
    }
    assert found == {"getCallbacks": "setCallbacks"}


def test_an_id_in_one_variant_of_the_body_may_be_chosen(admin: Contract) -> None:
    assert may_be_sent(admin.operation("createFault"), "id")
    assert not may_be_sent(admin.operation("createFault"), "seen")
    assert not may_be_sent(admin.operation("createWorld"), "id")


def test_a_clock_is_not_a_constant_member(admin: Contract) -> None:
    world = {"name": "a", "clock": {"mode": "running", "now": "2026-06-10T08:00:00Z"}, "on": {"x": 1}}
    assert {"name", "on"} == {*steady_members(Resources(admin).named("worlds"), world)}


def test_an_offset_advances_by_the_default_page_size(admin: Contract) -> None:
    records = admin.operation("listRecords")
    following_page = following(records, {}, {}, count=50)
    assert following_page is not None
    assert following_page.query == {"offset": 50}
    assert following(records, {}, {}, count=49) is None
    later_page = following(records, {"limit": 10, "offset": 10}, {}, count=10)
    assert later_page is not None
    assert later_page.query == {"limit": 10, "offset": 20}
