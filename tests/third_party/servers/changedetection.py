"""changedetection.io: an API key, lists that are objects, settings that exist once, files as database."""

from __future__ import annotations

import json

import httpx

from tests.third_party.servers.base import CLOSED_PORT, Deployment, Server, State, Target, call

SETTINGS = "changedetection.json"


class ChangeDetection(Server):
    """It comes with two watches and two groups. All is paused: it fetches a page only when a request asks."""

    ready = "/static/favicons/favicon-32x32.png"

    def command(self, deployment: Deployment) -> list[str]:
        program = deployment.environment.program("changedetection.io")
        address = ["-h", "127.0.0.1", "-p", str(deployment.port)]
        return [program, *address, "-d", str(deployment.folder / "data"), "-C", "-P", "true"]

    def document(self, deployment: Deployment) -> tuple[str, bytes]:
        with self._client(deployment) as client:
            return "changedetection.yaml", call(client, "GET", "/full-spec").content

    def seed(self, deployment: Deployment) -> Target:
        with self._client(deployment) as client:
            for name in ("mine", "theirs"):
                call(client, "POST", "/tag", {"title": name})
            watches = []
            for page in ("prices", "news", "weather"):
                watch = {"url": f"{CLOSED_PORT}/{page}", "title": page, "paused": True}
                watches.append(call(client, "POST", "/watch", watch).json()["uuid"])
            urls = {"notification_urls": [f"{CLOSED_PORT.replace('http', 'json')}/{n}" for n in ("a", "b")]}
            call(client, "POST", "/notifications", urls)
        return Target(
            f"{deployment.url}/api/v1",
            f"""
[CONTRACT.credentials.main]
scheme = "ApiKeyAuth"
env = "CHANGEDETECTION_KEY"

[CONTRACT.known."/watch/{{uuid}}"]
uuid = "{watches[0]}"

[CONTRACT.neighbour."/watch/{{uuid}}"]
uuid = "{watches[1]}"
""",
            {"CHANGEDETECTION_KEY": self._key(deployment)},
        )

    def snapshot(self, deployment: Deployment) -> State:
        """Its files, without those of tags that it shows to no request: a creation that sends a `uuid` writes
        one in a folder of that name beside the tag it makes (changedetectionio/api/Tags.py, `tag.update`)."""
        data = deployment.folder / "data"
        with self._client(deployment) as client:
            shown = call(client, "GET", "/tags").json()
        tags = [path for path in data.glob("*/tag.json") if path.parent.name in shown]
        files = [data / SETTINGS, *data.glob("*/watch.json"), *tags]
        return {
            str(path.relative_to(data)): json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(files)
        }

    def _client(self, deployment: Deployment) -> httpx.Client:
        headers = {"x-api-key": self._key(deployment)}
        return httpx.Client(base_url=f"{deployment.url}/api/v1", headers=headers)

    @staticmethod
    def _key(deployment: Deployment) -> str:
        settings = json.loads((deployment.folder / "data" / SETTINGS).read_text(encoding="utf-8"))
        return str(settings["settings"]["application"]["api_access_token"])
