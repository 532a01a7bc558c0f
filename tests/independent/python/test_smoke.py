"""Each independent server starts, announces itself, and walks the happy paths of its documents."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
READY = "listening on "


def target_of(contract: str) -> dict[str, Any]:
    return yaml.safe_load((HERE / contract / "target.yaml").read_text("utf-8"))


def token_of(contract: str, role: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {target_of(contract)['credentials'][role]['token']}"}


@pytest.fixture
def start() -> Iterator[Callable[..., httpx.Client]]:
    """Return a function that starts the server of a contract with choices and returns a client of it."""
    processes: list[subprocess.Popen[str]] = []
    clients: list[httpx.Client] = []

    def start_server(contract: str, *choices: str) -> httpx.Client:
        options = [option for choice in choices for option in ("--choice", choice)]
        command = [sys.executable, "-m", f"tests.independent.python.{contract}", "--port", "0", *options]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        line = process.stdout.readline()
        assert line.startswith(READY), line
        base_url = line.removeprefix(READY).strip() + target_of(contract)["base_path"]
        clients.append(httpx.Client(base_url=base_url))
        return clients[-1]

    yield start_server
    for client in clients:
        client.close()
    for process in processes:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


def wait_for(condition: Callable[[], bool], seconds: float = 3.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)


def test_aimable_walks_providers_and_connectors(start):
    client = start("aimable", "sync_seconds=0.05")
    admin, member = token_of("aimable", "admin"), token_of("aimable", "member")
    providers = "/v1/admin/connector-providers"
    credentials = {"client_id": "an-id", "client_secret": "a-secret"}
    assert client.get(providers, headers=member).status_code == 403
    assert client.get(providers, headers=admin).json()["data"][0]["setup_complete"] is True
    done = client.post(f"{providers}/notion/setup", headers=admin, json=credentials)
    assert done.json()["data"]["setup_complete"] is True
    assert client.get(f"{providers}/notion", headers=admin).json() == done.json()
    assert client.delete(f"{providers}/notion/setup", headers=admin).json()["data"]["setup_complete"] is False

    connectors = (
        "/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c"
        "/collections/5b0f6c1e-93d4-4a6e-8a57-0c1d2e3f4051/connectors"
    )
    body = {"provider_slug": "google-drive", "credential": {"access_token": "secret"}}
    keyed = {**member, "Idempotency-Key": "a-key"}
    created = client.post(connectors, headers=keyed, json=body)
    assert created.status_code == 201
    assert client.post(connectors, headers=keyed, json=body).json() == created.json()
    connector = f"{connectors}/{created.json()['data']['id']}"
    assert [item["id"] for item in client.get(connectors, headers=member).json()["data"]] == [
        created.json()["data"]["id"]
    ]
    patched = client.patch(connector, headers=member, json={"scope_config": {"folder_ids": ["1A2B3C4D"]}})
    assert patched.json()["data"]["scope_config"] == {"folder_ids": ["1A2B3C4D"]}
    browsed = client.get(f"{connector}/browse?parent_id=1A2B3C4D", headers=member)
    assert len(browsed.json()["data"]) == 2
    sync = client.post(f"{connector}/sync", headers=member)
    assert sync.status_code == 202
    path = f"{connector}/sync/{sync.json()['data']['id']}"
    wait_for(lambda: client.get(path, headers=member).json()["data"]["status"] == "completed")
    assert len(client.get(f"{connector}/sync?limit=5", headers=member).json()["data"]) == 1
    assert client.post(f"{connector}/sync/cancel", headers=member).status_code == 409
    assert client.delete(connector, headers=member).status_code == 204
    assert client.get(connector, headers=member).status_code == 404


def test_fastapi_platform_sets_a_provider_up_and_resets_it(start):
    client = start("fastapi_platform", "framing=chunked", "compression=gzip", "head=answered")
    key = {"X-API-Key": target_of("fastapi_platform")["credentials"]["team"]["api_key"]}
    provider = "/v1/admin/connector-providers/example-crm"
    listed = client.get("/v1/admin/connector-providers")
    assert listed.headers["content-encoding"] == "gzip"
    assert "content-length" not in listed.headers
    assert len(listed.json()) == 4
    assert client.head("/v1/admin/connector-providers").status_code == 200
    assert client.get(provider, headers=key).json()["is_configured"] is False
    configured = client.post(f"{provider}/setup", headers=key, json={"config_key": "config_value"})
    assert configured.status_code == 200
    assert client.get(provider).json()["is_configured"] is True
    assert "config_value" not in client.get(provider).text
    assert client.delete(f"{provider}/setup").status_code == 200
    assert client.get(provider).json()["is_configured"] is False


def test_hydracore_grants_an_instance_credentials(start):
    client = start("hydracore", "caching=etag")
    member, runtime = token_of("hydracore", "member"), token_of("hydracore", "runtime")
    connections = "/v1/customers/160c0c4b-9966-4dc1-a916-8407eb10d74e/connections"
    instance_id = "06587974-2dbe-4e10-8bf9-38cce0f5a366"
    body = {"provider": "xero", "name": "Acme books", "credentials": {"access_token": "secret"}}
    created = client.post(connections, headers=member, json=body)
    assert created.status_code == 201
    assert "secret" not in created.text
    connection = f"{connections}/{created.json()['id']}"
    grant = client.post(
        f"{connection}/grants",
        headers=member,
        json={"instance_id": instance_id, "capabilities": ["read_invoices"]},
    )
    assert grant.status_code == 201
    listed = client.get(connections, headers=member)
    assert listed.json()["total"] == 2
    conditional = {**member, "If-None-Match": listed.headers["etag"]}
    assert client.get(connections, headers=conditional).status_code == 304
    fetch = f"/internal/v1/instances/{instance_id}/connections?provider=xero"
    fetched = client.get(f"{fetch}&capability=read_invoices", headers=runtime)
    assert fetched.json() == {"credentials": {"access_token": "secret"}, "capabilities": ["read_invoices"]}
    assert client.get(f"{fetch}&capability=send_mail", headers=runtime).status_code == 403
    assert client.get(fetch, headers=member).status_code == 401
    assert client.delete(f"{connection}/grants/{grant.json()['id']}", headers=member).status_code == 204
    assert client.get(fetch, headers=runtime).status_code == 404
    assert client.delete(connection, headers=member).status_code == 204


def test_patchworks_stores_shows_updates_tests_and_destroys_a_connector(start):
    client = start("patchworks", "rate_limit=generous")
    admin, viewer = token_of("patchworks", "admin"), token_of("patchworks", "read_only")
    connectors = "/api/v1/connectors"
    body = {
        "name": "Alpha",
        "authentication_implementation_id": "101",
        "timezone": "Europe/London",
        "date_format": "Y-m-d",
        "rate_limit_unit": "minute",
        "rate_limit_duration": 60,
        "variables": [{"key": "token", "value": "hidden", "secret": True}],
    }
    assert client.post(connectors, headers=viewer, json=body).status_code == 403
    assert client.post(connectors, headers=admin, json={}).status_code == 422
    created = client.post(connectors, headers=admin, json=body)
    assert created.status_code == 200
    assert int(created.headers["x-ratelimit-remaining"]) > 0
    connector = f"{connectors}/{created.json()['data']['id']}"
    listed = client.get(f"{connectors}?sort=name&per_page=1", headers=admin).json()
    assert [item["name"] for item in listed["data"]] == ["Alpha"]
    assert listed["meta"]["total"] == 3
    shown = client.get(
        f"{connector}?include=variables,authenticationImplementation.system.logo,variables_count",
        headers=viewer,
    ).json()["data"]
    assert shown["variables"][0]["value"] == "********"
    assert shown["variables_count"] == 1
    assert shown["authenticationImplementation"]["system"]["logo"]["id"] == "41"
    renamed = client.put(connector, headers=admin, json={"name": "Beta"}).json()["data"]
    assert (renamed["name"], renamed["timezone"]) == ("Beta", "Europe/London")
    tested = client.post(f"{connector}/test", headers=admin)
    assert (tested.status_code, tested.content) == (200, b"")
    assert "message" in client.delete(connector, headers=admin).json()
    assert client.get(connector, headers=admin).status_code == 404


@pytest.mark.parametrize("contract", ["aimable", "fastapi_platform", "hydracore", "patchworks"])
def test_every_choice_gives_its_reason_and_twelve_or_more_are_open(contract):
    choices = yaml.safe_load((HERE / contract / "choices.yaml").read_text("utf-8"))
    assert all(choice.keys() == {"name", "values", "default", "permitted_by"} for choice in choices)
    assert all(choice["default"] in choice["values"] and choice["permitted_by"] for choice in choices)
    assert len({choice["name"] for choice in choices}) == len(choices) >= 12
