"""Prefect: 200 operations, lists by POST, foreign keys, bulk deletes, administration without a key."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import httpx

from tests.third_party.servers.base import Deployment, Server, State, Target, call

JOURNALS = {"events", "event_resources", "alembic_version", "configuration"}
"""Tables that record what happened, and the server's own settings, such as the key it makes when it first
encrypts something: no request can delete from them."""


class Prefect(Server):
    """Its background services are off, so that the database changes by requests alone."""

    ready = "/api/ready"

    def command(self, deployment: Deployment) -> list[str]:
        address = ["--host", "127.0.0.1", "--port", str(deployment.port)]
        return [
            deployment.environment.program("prefect"),
            "server",
            "start",
            *address,
            "--no-services",
            "--no-ui",
        ]

    def env(self, deployment: Deployment) -> dict[str, str]:
        return {"PREFECT_HOME": str(deployment.folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}

    def document(self, deployment: Deployment) -> tuple[str, bytes]:
        return "prefect.json", httpx.get(
            f"{deployment.url}/openapi.json", timeout=60
        ).raise_for_status().content

    def seed(self, deployment: Deployment) -> Target:
        with httpx.Client(base_url=f"{deployment.url}/api", timeout=60) as client:
            for name in ("first", "second", "third"):
                self._seed(client, name)
        return Target(
            f"{deployment.url}/api",
            """
[CONTRACT.known]
"/flows/name/{flow_name}" = {flow_name = "flow-first"}
work_pool_name = "pool-first"
tag = "tag-first"

[CONTRACT.known."/deployments/name/{flow_name}/{deployment_name}"]
flow_name = "flow-first"
deployment_name = "deployment-first"

[CONTRACT.neighbour]
"/flows/name/{flow_name}" = {flow_name = "flow-second"}
work_pool_name = "pool-second"
tag = "tag-second"

[CONTRACT.neighbour."/deployments/name/{flow_name}/{deployment_name}"]
flow_name = "flow-second"
deployment_name = "deployment-second"
""",
            tags=("Variables", "Artifacts", "Flows", "SavedSearches", "Concurrency Limits V2"),
        )

    def snapshot(self, deployment: Deployment) -> State:
        state: State = {}
        with closing(
            sqlite3.connect(f"file:{deployment.folder / 'prefect.db'}?mode=ro", uri=True)
        ) as database:
            database.row_factory = sqlite3.Row
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            for (table,) in names.fetchall():
                if table not in JOURNALS:
                    for row in database.execute(f'SELECT rowid AS row, * FROM "{table}"'):  # noqa: S608
                        values = {name: row[name] for name in row.keys() if name != "row"}  # noqa: SIM118
                        state[f"{table}/{values.get('id', row['row'])}"] = values
        return state

    @staticmethod
    def _seed(client: httpx.Client, name: str) -> None:
        flow = call(client, "POST", "/flows/", {"name": f"flow-{name}"}).json()["id"]
        call(client, "POST", "/work_pools/", {"name": f"pool-{name}", "type": "process"})
        call(client, "POST", f"/work_pools/pool-{name}/queues", {"name": f"queue-{name}"})
        deployment = {"name": f"deployment-{name}", "flow_id": flow, "work_pool_name": f"pool-{name}"}
        call(client, "POST", "/deployments/", deployment)
        run = call(client, "POST", "/flow_runs/", {"flow_id": flow, "name": f"run-{name}"}).json()["id"]
        task = {"flow_run_id": run, "task_key": f"task-{name}", "dynamic_key": "0"}
        call(client, "POST", "/task_runs/", task)
        call(client, "POST", "/variables/", {"name": f"variable_{name}", "value": name})
        call(client, "POST", "/artifacts/", {"key": f"artifact-{name}", "type": "markdown", "data": name})
        limit = {"tag": f"tag-{name}", "concurrency_limit": 3}
        call(client, "POST", "/concurrency_limits/", limit)
        call(client, "POST", "/v2/concurrency_limits/", {"name": f"limit-{name}", "limit": 3})
        call(client, "PUT", "/saved_searches/", {"name": f"search-{name}", "filters": []})
        log = {
            "name": "seed",
            "level": 20,
            "message": name,
            "timestamp": "2026-01-01T00:00:00Z",
            "flow_run_id": run,
        }
        call(client, "POST", "/logs/", [log])
