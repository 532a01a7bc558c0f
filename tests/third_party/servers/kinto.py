"""Kinto: keys that the client chooses, PUT that creates, three levels of nesting, bulk deletes."""

from __future__ import annotations

import hashlib
import hmac
import re
import subprocess
from decimal import Decimal

import httpx

from tests.third_party.servers.base import Deployment, Server, State, Target, call

SECRET = "a secret of this test deployment"
TESTER, SOMEBODY, AUDITOR = ("tester", "pass-1"), ("somebody", "pass-2"), ("auditor", "pass-3")


def principal(user: tuple[str, str]) -> str:
    """How Kinto calls a user of its basic authentication."""
    digest = hmac.new(SECRET.encode(), ":".join(user).encode(), hashlib.sha256)
    return f"basicauth:{digest.hexdigest()}"


SETTINGS = f"""
[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s

[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = {SECRET}
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
kinto.bucket_read_principals = {principal(AUDITOR)}
kinto.collection_read_principals = {principal(AUDITOR)}
kinto.group_read_principals = {principal(AUDITOR)}
kinto.record_read_principals = {principal(AUDITOR)}
"""
"""As `kinto init` writes them, with the built-in basic authentication, which its document declares."""


class Kinto(Server):
    """The harness works as a user who may write in a bucket of somebody else's."""

    ready = "/v1/__heartbeat__"

    def command(self, deployment: Deployment) -> list[str]:
        ini = deployment.folder / "kinto.ini"
        ini.write_text(SETTINGS, encoding="utf-8")
        program = deployment.environment.program("kinto")
        return [program, "start", "--ini", str(ini), "--port", str(deployment.port)]

    def document(self, deployment: Deployment) -> tuple[str, bytes]:
        """Its document is Swagger 2.0: the usual converter makes OpenAPI 3.0 of it.

        The converter reads every number as a double; the digits it loses are put back.
        """
        swagger = deployment.folder / "swagger.json"
        swagger.write_bytes(httpx.get(f"{deployment.url}/v1/__api__").raise_for_status().content)
        converter = str(deployment.environment.node_module(".bin/swagger2openapi"))
        converted = subprocess.run([converter, str(swagger)], check=True, capture_output=True).stdout
        text = converted.decode()
        for exact in set(re.findall(r"\d{16,}", swagger.read_text(encoding="utf-8"))):
            text = text.replace(str(int(Decimal(repr(float(exact))))), exact)
        return "kinto.json", text.encode()

    def seed(self, deployment: Deployment) -> Target:
        with self._client(deployment, TESTER) as client:
            for bucket in ("desk", "shelf"):
                self._bucket(client, bucket, {})
        with self._client(deployment, SOMEBODY) as client:
            self._bucket(client, "archive", {"write": [principal(TESTER)]})
            self._bucket(client, "vault", {})
        return Target(
            f"{deployment.url}/v1",
            """
[CONTRACT.credentials.tester]
scheme = "basicauth"
env = "KINTO_TESTER"

[CONTRACT.credentials.stranger]
scheme = "basicauth"
env = "KINTO_STRANGER"
scope = {bucket_id = ["vault"]}

[CONTRACT.known]
bucket_id = "desk"
collection_id = "letters"

[CONTRACT.neighbour]
bucket_id = "shelf"
collection_id = "letters"

[CONTRACT.foreign]
bucket_id = "vault"
collection_id = "letters"
""",
            {"KINTO_TESTER": ":".join(TESTER), "KINTO_STRANGER": ":".join(SOMEBODY)},
        )

    def snapshot(self, deployment: Deployment) -> State:
        state: State = {}
        with self._client(deployment, AUDITOR) as client:
            for bucket in self._list(client, "/buckets"):
                place = f"/buckets/{bucket}"
                state[place] = call(client, "GET", place).json()
                for group in self._list(client, f"{place}/groups"):
                    state[f"{place}/groups/{group}"] = call(client, "GET", f"{place}/groups/{group}").json()
                for collection in self._list(client, f"{place}/collections"):
                    folder = f"{place}/collections/{collection}"
                    state[folder] = call(client, "GET", folder).json()
                    for record in self._list(client, f"{folder}/records"):
                        item = f"{folder}/records/{record}"
                        state[item] = call(client, "GET", item).json()
        return state

    @staticmethod
    def _client(deployment: Deployment, user: tuple[str, str]) -> httpx.Client:
        return httpx.Client(base_url=f"{deployment.url}/v1", auth=user)

    @staticmethod
    def _list(client: httpx.Client, path: str) -> list[str]:
        return [item["id"] for item in call(client, "GET", path).json()["data"]]

    @staticmethod
    def _bucket(client: httpx.Client, bucket: str, permissions: dict[str, list[str]]) -> None:
        place = f"/buckets/{bucket}"
        call(client, "PUT", place, {"data": {"owner": "seed"}, "permissions": permissions})
        for group in ("family", "friends"):
            call(client, "PUT", f"{place}/groups/{group}", {"data": {"members": ["account:mary"]}})
        for collection in ("letters", "photos"):
            call(client, "PUT", f"{place}/collections/{collection}", {"data": {"owner": "seed"}})
            for record in ("first", "second", "third"):
                path = f"{place}/collections/{collection}/records/{record}"
                call(client, "PUT", path, {"data": {"title": f"the {record} of {collection}"}})
