"""LoopBack 4's example application: integer keys, a filter object in the query, an update of all objects."""

from __future__ import annotations

import shutil

import httpx

from tests.third_party.servers.base import Deployment, Server, State, Target, call

PACKAGE = "@loopback/example-todo"


class LoopBack(Server):
    """Its four objects come with the package, in the file that it uses as its database."""

    ready = "/openapi.json"

    def command(self, deployment: Deployment) -> list[str]:
        package = deployment.environment.node_module(PACKAGE)
        shutil.copytree(package / "data", deployment.folder / "data")
        return ["node", str(package / "dist" / "index.js")]

    def env(self, deployment: Deployment) -> dict[str, str]:
        return {"HOST": "127.0.0.1", "PORT": str(deployment.port)}

    def document(self, deployment: Deployment) -> tuple[str, bytes]:
        return "todo.json", httpx.get(f"{deployment.url}/openapi.json", timeout=60).raise_for_status().content

    def seed(self, deployment: Deployment) -> Target:
        with httpx.Client(base_url=deployment.url) as client:
            for title in ("water the plants", "call the dentist"):
                call(
                    client,
                    "POST",
                    "/todos",
                    {"title": title, "desc": "by somebody else", "isComplete": False},
                )
        return Target(
            deployment.url,
            """
[CONTRACT.known]
id = 1

[CONTRACT.neighbour]
id = 2
""",
        )

    def snapshot(self, deployment: Deployment) -> State:
        todos = httpx.get(f"{deployment.url}/todos").raise_for_status().json()
        return {f"/todos/{todo['id']}": todo for todo in todos}
