"""What is created below another thing may have a path of its own, as shallow routes of Rails have it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from contract_tests.openapi.contract import Contract
from contract_tests.openapi.resources import resources_of
from contract_tests.verdicts import Verdict
from tests.contract_tests.strangers.stores import Answer, Call, Server, document, judged, operation

TEXT = {"type": "string"}
NEW = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
ROOM = {"type": "object", "properties": {"id": TEXT, "name": TEXT}}
BOOKING = {"type": "object", "properties": {"id": TEXT, "room_id": TEXT, "name": TEXT}}


class Rooms:
    """Rooms that can be deleted without bookings alone."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {"rooms": {}, "bookings": {}}
        self._ids = count(1)

    def __call__(self, call: Call) -> Answer:
        kind = call.parts[-1] if call.method == "POST" else call.parts[0]
        if call.method == "POST":
            above = {"room_id": call.parts[1]} if kind == "bookings" else {}
            thing = {"id": str(next(self._ids)), **above, **call.json}
            self.things[kind][thing["id"]] = thing
            return 201, thing
        thing = self.things[kind].get(call.parts[1], {})
        if not thing or call.method == "GET":
            return (200, thing) if thing else (404, {"message": "none"})
        if any(each["room_id"] == thing["id"] for each in self.things["bookings"].values()):
            return 409, {"message": "the room has bookings"}
        del self.things[kind][call.parts[1]]
        return 204, None


def paths(booking: dict[str, Any]) -> dict[str, Any]:
    return {
        "/rooms": {"post": operation("make", 201, answer=ROOM, body=NEW)},
        "/rooms/{id}": {
            "get": operation("read", 200, 404, path="id", answer=ROOM),
            "delete": operation("drop", 204, 404, 409, path="id"),
        },
        "/rooms/{room_id}/bookings": {
            "post": operation("book", 201, path="room_id", answer=booking, body=NEW),
        },
        "/bookings/{id}": {
            "get": operation("show", 200, 404, path="id", answer=BOOKING),
            "delete": operation("unbook", 204, 404, path="id"),
        },
    }


def test_a_thing_is_created_read_and_deleted_by_two_paths(tmp_path: Path) -> None:
    rooms = Rooms()
    found = judged(tmp_path, document(paths(BOOKING)), Server(rooms), only="*.lifecycle.*")
    assert [name for name, each in found.items() if each.verdict is Verdict.FAILED] == []
    assert found["show.lifecycle.read-your-writes"].verdict is Verdict.PASSED
    assert rooms.things == {"rooms": {}, "bookings": {}}


def test_what_answers_other_members_is_another_thing() -> None:
    contract = Contract("rooms", Path("rooms.json"), document(paths(ROOM)))
    bookings = resources_of(contract).at("/bookings/{id}")
    assert bookings is not None
    assert bookings.create is None


def test_two_ids_of_one_name_are_not_taken_for_each_other() -> None:
    both = {path.replace("room_id", "id"): node for path, node in paths(BOOKING).items()}
    both["/rooms/{id}/bookings"] = {"post": operation("book", 201, path="id", answer=BOOKING, body=NEW)}
    contract = Contract("rooms", Path("rooms.json"), document(both))
    bookings = resources_of(contract).at("/bookings/{id}")
    assert bookings is not None
    assert bookings.create is None
