"""Metrics are what the official parser reads, and count every request there was."""

from __future__ import annotations

import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.mock_server.admin.conftest import Admin


def _requests(admin: Admin) -> dict[tuple[str, str], float]:
    answer = admin("GET", "/metrics")
    assert answer.status == 200
    assert answer.response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {
        family.name: family for family in text_string_to_metric_families(answer.response.body.decode())
    }
    assert "process_resident_memory_bytes" in families or sys.platform != "linux"
    assert families["mock_server_worlds"].samples[0].value >= 1
    samples = families["mock_server_requests"].samples
    return {(sample.labels["method"], sample.labels["status"]): sample.value for sample in samples}


def test_requests_of_worlds_that_are_gone_stay_counted(admin: Admin) -> None:
    admin("POST", "/worlds", {"name": "gone"})
    admin.client("gone", "GET", "/none")
    before = _requests(admin)["GET", "404"]
    for _ in range(3):
        admin.client("gone", "GET", "/none")
    admin("POST", "/worlds/gone/clear", {"parts": ["requests"]})
    admin.client("gone", "GET", "/none")
    admin("DELETE", "/worlds/gone")
    assert _requests(admin)["GET", "404"] == before + 4


def test_without_the_library_the_extra_is_named(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    answer = admin("GET", "/metrics")
    assert answer.status == 404
    assert "connector-contracts[metrics]" in answer.body["detail"]
