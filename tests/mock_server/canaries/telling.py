"""A server is told secrets: by its clients, by whoever steers it, by its files."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.mock_server.canaries import fields
from tests.mock_server.canaries.birds import Canaries
from tests.mock_server.canaries.server import Answer, Server
from tests.mock_server.canaries.ways import requests

People = Mapping[str, list[dict[str, Any]]]

_AT_WORK = {"fetchConnectionCredentials": "instance_1"}
"""Operations that another than the administrator asks."""


@dataclass(slots=True)
class Telling:
    """Tells a server secrets and listens to what it answers.

    people: the principals it knows, by contract. worlds: that were used, with the contract they were used
    for. asked: how many requests each was sent. taken: the operations that accepted a secret where it
    belongs. repeated: secrets in replies, by what was asked; what a granted instance fetches is not among
    them, for that is what it asks for.
    """

    server: Server
    canaries: Canaries
    people: People
    worlds: dict[str, str] = field(default_factory=lambda: {"untouched": "hydracore"})
    asked: dict[str, int] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    repeated: dict[str, set[str]] = field(default_factory=dict)

    def as_clients(self, contracts: Iterable[str], *, thorough: bool = True) -> None:
        """Every way in there is for a client of these contracts, each in a world of its own. thorough: as
        `requests` takes it."""
        self.server.admin("POST", "/worlds", {"name": "untouched"})
        for player in self.server.admin("GET", "/contracts").json()["items"]:
            contract = player["contract"]
            if contract not in contracts:
                continue
            world = contract.replace("_", "-")
            self.worlds[world] = contract
            self.asked[world] = 0
            for operation in fields.operations(contract, player["prefix"]):
                credential = self._credential(contract, _AT_WORK.get(operation.id, "admin"))
                for one in requests(operation, credential, self.canaries, thorough=thorough):
                    headers = {"x-mock-world": world, **one.headers}
                    answer = self.server.send(one.method, one.path, headers, one.body)
                    self.asked[world] += answer.request.startswith(f"{world}.")
                    if one.intended and answer.status < 300:
                        self.taken.add(operation.id)
                    fetched = operation.id == "fetchConnectionCredentials" and answer.status == 200
                    named = headers["x-mock-world"] != world  # what somebody calls a world is a name
                    if not (fetched or named or one.quoted):
                        self._listen(operation.id, answer)

    def as_client_of_a_spec(self, key: str, other: str) -> None:
        """The ways that matter for a contract nobody declared behaviour for. key, other: credentials it
        accepts."""
        self.worlds["own"] = "own"
        world, allowed = {"x-mock-world": "own"}, {"authorization": f"Bearer {key}"}
        secret = self.canaries.any
        thing = {"name": "a thing", "password": secret("a spec's password")}
        posted = json.dumps(thing).encode()
        headers = {**world, **allowed, "content-type": "application/json"}
        answer = self.server.send("POST", "/things", headers, posted)
        assert answer.status == 201, answer.text
        self._listen("createThing", answer)
        faulty = json.dumps({**thing, "name": [5]}).encode()
        self._listen("createThing", self.server.send("POST", "/things", headers, faulty))
        pair = b64encode(f"user:{secret('the password of a pair')}".encode()).decode()
        for carried in ({"cookie": f"sid={secret('a cookie')}"}, {"authorization": f"Basic {pair}"}, allowed):
            self._listen("listThings", self.server.send("GET", "/things", {**world, **carried}))
        for text in (key, other, quote(secret("a key in the query"))):
            for path in (f"/things?key={text}", f"/things/x?key={text}"):
                self._listen("getThing", self.server.send("GET", path, world))
        for path in (f"/things/{key}", f"/things/{other}", f"/nowhere/{other}"):
            self.server.send("GET", path, {**world, **allowed})
            self.server.send("GET", path, world)

    def as_nobody(self, contract: str) -> None:
        """Requests that match nothing, and bytes that are no request."""
        (credential,) = self._credential(contract, "admin").values()
        own = credential.rpartition(" ")[2]
        for path in (
            f"/nowhere/{own}",
            f"/{own}",
            f"/~untouched/{own}/x",
            f"/__admin/{own}",
            f"/__admin/ui/{own}",
        ):
            self.server.send("GET", path, {"x-mock-world": "untouched"})
        secret = self.canaries.fresh("bytes that are no request")
        for raw in (
            f"{secret}\r\n\r\n",
            f"GET /{own} HTTP/9.9\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\n{secret} x\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}\r\n\r\n",
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {secret}\r\n\r\n",
        ):
            self._hear(f"raw: {raw[:4]}", self.server.raw(raw.encode()))

    def as_steersman(self, url: str) -> None:
        """By the admin API: records, callbacks, and calls that are refused. url: who is told callbacks."""
        for one in fields.kept():
            self._put_record(one)
        secret = self.canaries.fresh("a callback's secret")
        told = self.server.admin("PUT", "/worlds/aimable/callbacks", {"url": url, "secret": secret})
        assert told.status == 200, told.text
        self._listen("setCallbacks", told)
        self._move_a_sync()
        for wrong in (
            {"url": url, "secret": f"whsec_{self.canaries.fresh('no base64')}"},
            {"url": url, "secret": self.canaries.fresh("unknown events"), "events": ["none.of.these"]},
            {"url": url, "secret": [self.canaries.fresh("a list for a secret")]},
            {
                "url": f"http://u:{self.canaries.fresh('a password in an address')}@127.0.0.1/",
                "secret": secret,
            },
            {"url": "http://example.com/", "secret": self.canaries.fresh("a foreign host's secret")},
            {"url": url, "secret": secret, "password": self.canaries.fresh("an undeclared member")},
        ):
            self._refused("setCallbacks", self.server.admin("PUT", "/worlds/aimable/callbacks", wrong))
        for body in (b'{"token": "' + self.canaries.fresh("malformed JSON").encode(), b"\xff"):
            self._refused("createWorld", self.server.admin("POST", "/worlds", body))
        self._as_stranger()
        late = {"kind": "unavailable", "when": {"calls": [100_000]}}
        assert self.server.admin("POST", "/worlds/untouched/faults", late).status == 201
        armed = {"operation": "listConnectors", "code": 401}
        assert self.server.admin("POST", "/worlds/untouched/overrides", armed).status == 201

    def by_snapshots(self) -> None:
        """Worlds with all their secrets to files and back, one into a world again; and files that are
        broken."""
        for world in set(self.worlds) - {"untouched"}:
            self.server.admin("POST", "/snapshots", {"name": f"{world}-whole", "world": world})
            text = self.server.admin("GET", f"/snapshots/{world}-whole/file?secrets=true").text
            answer = self.server.admin("PUT", f"/snapshots/{world}-file/file", text.encode())
            self._listen("importSnapshot", answer)
            assert answer.status == 201, answer.text
            self._import_broken(text)
        self.server.admin("POST", "/worlds", {"name": "restored"})
        restored = self.server.admin("POST", "/worlds/restored/restore", {"snapshot": "hydracore-file"})
        assert restored.status == 200, restored.text
        self.worlds["restored"] = "hydracore"

    def by_file(self, path: Path, broken: Iterable[str]) -> None:
        """A file of the server's own, saved in broken forms and read again; then as it was."""
        whole = path.read_text(encoding="utf-8")
        for text in broken:
            path.write_text(text, encoding="utf-8")
            self._refused("reload", self.server.admin("POST", "/reload"))
            self._listen("getReload", self.server.admin("GET", "/reload"))
            page = {"cookie": f"mock-admin-token={self.server.token}"}
            self._listen("its page", self.server.send("GET", "/__admin/ui/contracts", page))
        self._listen("listScenarios", self.server.admin("GET", "/scenarios"))
        path.write_text(whole, encoding="utf-8")
        assert self.server.admin("POST", "/reload").status == 200

    def held(self) -> str:
        """Everything the worlds hold, secrets and all: what is not in here was never taken."""
        names = [one["name"] for one in self.server.admin("GET", "/snapshots").json()["items"]]
        files = [self.server.admin("GET", f"/snapshots/{name}/file?secrets=true") for name in names]
        return "\n".join(one.text for one in files)

    def _credential(self, contract: str, name: str) -> Mapping[str, str]:
        principal = next(one for one in self.people[contract] if one["name"] == name)
        scheme, text = next(iter(principal["credentials"].items()))
        declared = fields.schemes(contract)[scheme]
        if declared["type"] == "http":
            return {"authorization": f"Bearer {text}"}
        return {declared["name"].lower(): text}

    def _put_record(self, one: fields.Kept) -> None:
        world = one.contract.replace("_", "-")
        place = f"/worlds/{world}/collections/{one.contract}/{one.collection}"
        items = self.server.admin("GET", f"{place}?limit=500").json()["items"]
        secrets = [each for each in items if each["record"].get(one.when or one.member) not in (None, False)]
        for item in secrets[:2]:
            record, key = item["record"], quote(item["key"], safe="|")
            told = self.canaries.odd(f"{one.member} of a record of {one.storage} that was put")
            secret: Any = {"token": told} if isinstance(record[one.member], dict) else told
            answer = self.server.admin("PUT", f"{place}/{key}", {**record, one.member: secret})
            assert answer.status == 200, answer.text
            self._listen("putRecord", answer)
            elsewhere = self.server.admin("PUT", f"{place}/{key}0", {**record, one.member: secret})
            self._refused("putRecord", elsewhere)

    def _move_a_sync(self) -> None:
        place = "/worlds/aimable/collections/aimable/syncs"
        self.server.admin("PUT", "/worlds/aimable/lifecycles/aimable/syncs", {"pace": "by_hand"})
        items = self.server.admin("GET", f"{place}?limit=500").json()["items"]
        running = next((one for one in items if one["record"]["status"] == "running"), items[0])
        record = {**running["record"], "credential": self.canaries.fresh("a credential put on a sync")}
        self.server.admin("PUT", f"{place}/{running['key']}", {**record, "status": "running"})
        for _ in range(5):
            self._listen("advanceRecord", self.server.admin("POST", f"{place}/{running['key']}/advance"))

    def _as_stranger(self) -> None:
        """Without the token, or with another, wherever one might put it."""
        secret = self.canaries.fresh
        for headers in (
            {"authorization": f"Bearer {secret('a wrong token')}"},
            {"authorization": secret("a wrong token without a scheme")},
            {"cookie": f"mock-admin-token={secret('a wrong cookie')}"},
            {"x-admin-token": secret("a header of another name")},
        ):
            (sent,) = headers.values()
            for path in ("/worlds", "/", f"/worlds/{quote(sent[-12:])}", "/ui/worlds/default"):
                self._listen("a stranger", self.server.send("GET", f"/__admin{path}", headers))
        for path in (f"/worlds?token={secret('a query')}", f"/explain/{self.server.token}.1"):
            self.server.admin("GET", path)
        self.server.send("GET", f"/__admin/worlds/{self.server.token}")
        form = {"content-type": "application/x-www-form-urlencoded"}
        self.server.send("POST", "/__admin/ui/token", form, f"token={secret('a form')}".encode())
        self.server.send("GET", f"/api/v1/connectors/{self.server.token}", {"x-mock-world": "untouched"})

    def _import_broken(self, text: str) -> None:
        for collection, member in (("hydracore/connections", "id"), ("aimable/connectors", "status")):
            document = json.loads(text)
            for entry in document["collections"].get(collection, ())[:1]:
                entry["record"] |= {member: 5, "credential": self.canaries.fresh("a broken snapshot")}
                answer = self.server.admin("PUT", "/snapshots/broken/file", document)
                self._refused("importSnapshot", answer)
        self._refused(
            "importSnapshot", self.server.admin("PUT", "/snapshots/broken/file", text[:-9].encode())
        )

    def _refused(self, what: str, answer: Answer) -> None:
        assert answer.status >= 400, f"{what}: {answer.text}"
        self._listen(what, answer)

    def _listen(self, what: str, answer: Answer) -> None:
        self._hear(f"{what} {answer.status}", answer.own)

    def _hear(self, what: str, text: str) -> None:
        found = self.canaries.found(text)
        if found:
            self.repeated.setdefault(what, set()).update(found)
