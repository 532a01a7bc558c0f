"""Every place where a server shows what it was told: the whole admin API and the whole console, to be looked
at after everything was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote

from mock_server.console.views import VIEWS
from mock_server.data import openapi_dir
from mock_server.yaml_file import read_yaml
from tests.mock_server.canaries.server import Answer, Server

_QUERIES: Mapping[str, tuple[str, ...]] = {
    "compare": ("left=world:{world}&right=snapshot:{world}", "left=snapshot:{world}&right=world:untouched"),
    "listRecords": ("limit=500",),
    "listRequests": ("limit=1000",),
    "listNearMisses": ("limit=1000",),
    "waitForRequests": ("count=1&timeout_seconds=0",),
    "page compare": ("left=world:{world}&right=snapshot:{world}",),
    "page requests": ("limit=1000",),
}
"""By operation of the admin API or by page: what is asked beyond the path."""

_EXPLAINED = 50
"""Every exchange is explained by the API; the page, which shows the same, is looked at for one in so many."""


@dataclass(slots=True)
class Places:
    """The places of one server. worlds: the names of its worlds with the contract each was asked for. seen:
    the operations and pages that answered with a body."""

    server: Server
    worlds: Mapping[str, str]
    seen: set[str] = field(default_factory=set)

    def everything(self) -> Iterator[tuple[str, str]]:
        """Each place with the text that stands there."""
        for world in self.worlds:
            assert self.server.admin("POST", "/snapshots", {"name": world, "world": world}).status == 201
        yield from self._all(_api(), self._call)
        yield from self._all(_pages(), self._page)
        yield "the access log and whatever else is on standard error", self.server.errors

    def counted(self) -> dict[str, int]:
        """How many exchanges the journal of each world holds."""
        return {world: self._call(f"/worlds/{world}/requests/count").json()["count"] for world in self.worlds}

    def _all(self, templates: Mapping[str, str], get: Callable[[str], Answer]) -> Iterator[tuple[str, str]]:
        for name, template in templates.items():
            for path in sorted(set(self._paths(name, template))):
                answer = get(path)
                if answer.status < 300 and answer.text:
                    self.seen.add(name)
                yield path, answer.whole

    def _paths(self, name: str, template: str) -> Iterator[str]:
        worlds = [*self.worlds] if "{world}" in template or name.endswith("compare") else [""]
        for world, query in product(worlds, _QUERIES.get(name, ("",))):
            for values in self._values(template, world):
                path = template.format_map({"world": world, **values})
                yield f"{path}?{query.format(world=world)}" if query else path

    def _values(self, template: str, world: str) -> Iterable[Mapping[str, str]]:
        """What may stand in a path, by the parameter that tells most. A world is asked for the records of its
        contract alone."""
        ways: Mapping[str, Callable[[], Iterable[Mapping[str, str]]]] = {
            "key": lambda: self._keys(world),
            "collection": lambda: self._collections(world),
            "contract": lambda: ({"contract": one["contract"]} for one in self._items("/contracts")),
            "snapshot": lambda: ({"snapshot": one["name"]} for one in self._items("/snapshots")),
            "request": lambda: ({"request": id_} for one in self.worlds for id_ in self._requests(one)),
            "id": lambda: ({"id": id_} for id_ in self._requests(world)[::_EXPLAINED]),
            "fault": lambda: ({"fault": one["id"]} for one in self._items(f"/worlds/{world}/faults")),
            "override": lambda: (
                {"override": one["id"]} for one in self._items(f"/worlds/{world}/overrides")
            ),
        }
        return next((values() for name, values in ways.items() if f"{{{name}}}" in template), [{}])

    def _collections(self, world: str) -> Iterator[Mapping[str, str]]:
        for one in self._items(f"/worlds/{world}/collections"):
            if one["contract"] == self.worlds[world] and one["records"]:
                yield {"contract": one["contract"], "collection": one["collection"]}

    def _keys(self, world: str) -> Iterator[Mapping[str, str]]:
        """The first and the last record of every collection: the last was written last."""
        for place in self._collections(world):
            path = "/worlds/{}/collections/{}/{}".format(world, *place.values())
            records = self._items(f"{path}?limit=500")
            for record in (records[0], records[-1]):
                yield {**place, "key": quote(record["key"], safe="|")}

    def _requests(self, world: str) -> list[str]:
        return [one["id"] for one in self._items(f"/worlds/{world}/requests?limit=1000")]

    def _items(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self._call(path).json()["items"]
        return items

    def _call(self, path: str) -> Answer:
        return self.server.admin("GET", path)

    def _page(self, path: str) -> Answer:
        return self.server.send("GET", path, {"cookie": f"mock-admin-token={self.server.token}"})


def _api() -> Mapping[str, str]:
    paths = read_yaml(openapi_dir() / "admin.yaml")["paths"]
    return {one["get"]["operationId"]: path for path, one in paths.items() if "get" in one}


def _pages() -> Mapping[str, str]:
    return {
        f"page {name}": "/__admin" + path.replace("<", "{").replace(">", "}")
        for name, (path, _view) in VIEWS.items()
    }


def unseen(places: Places) -> set[str]:
    """The operations and pages nobody looked at."""
    return {*_api(), *_pages()} - places.seen
