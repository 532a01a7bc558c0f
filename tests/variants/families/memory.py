"""Variants that remember what they were sent."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tests.variants.families.members import Members, each_object
from tests.variants.families.rules import json_of, refusal
from tests.variants.seam import Answer, Asked, Serve, Transformation


def kept(
    contract: str,
    *,
    operations: list[str],
    stand_ins: Mapping[str, Any],
    fits: Mapping[str, str] | None = None,
) -> Transformation:
    """Members are taken and shown as they were sent, whatever the mock thinks of their values.

    stand_ins: member to what the mock is given in its place, null for nothing. fits: member to a pattern of
    JSON texts that the mock takes itself. The id of what was written comes from the answer.
    """
    seen: dict[Any, Members] = {}

    def strange(value: Any) -> Members:
        members = value if isinstance(value, dict) else {}
        return {
            name: members[name]
            for name in stand_ins
            if name in members and not re.fullmatch((fits or {}).get(name, "(?!)"), json.dumps(members[name]))
        }

    def show(members: Members) -> Members:
        remembered = seen.get(members.get("id")) if isinstance(members.get("id"), (str, int)) else None
        return {**members, **remembered} if remembered else members

    def transformation(asked: Asked, serve: Serve) -> Answer:
        value = json_of(asked) if asked.operation in operations else None
        sent = strange(value)
        if sent:
            inner = {name: member for name, member in value.items() if name not in sent}
            inner |= {name: stand_ins[name] for name in sent if stand_ins[name] is not None}
            asked = asked.with_body(json.dumps(inner).encode())
        answer = serve(asked)
        if isinstance(value, dict) and answer.is_success and answer.body:
            made = answer.value.get("data", answer.value)
            sent_now = {name for name in stand_ins if name in value}
            old = {name: one for name, one in seen.get(made["id"], {}).items() if name not in sent_now}
            seen[made["id"]] = {**old, **sent}
        return (
            answer.with_value(each_object(answer.value, show))
            if answer.body and answer.is_success
            else answer
        )

    return transformation


def replay_first(contract: str) -> Transformation:
    """An idempotency key used again is answered with the first answer, whatever the body."""
    answers: dict[tuple[str, str | None], Answer] = {}

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.operation != "createCollectionConnector":
            return serve(asked)
        answer = serve(asked)
        once = (asked.path, asked.header("Idempotency-Key"))
        if answer.is_success:
            answers.setdefault(once, answer)
        return answers.get(once, answer) if answer.status == 409 else answer

    return transformation


def key_for_all(contract: str) -> Transformation:
    """An idempotency key belongs to the whole account: elsewhere it is used up."""
    used: dict[str | None, str] = {}

    def transformation(asked: Asked, serve: Serve) -> Answer:
        key = asked.header("Idempotency-Key")
        if asked.operation != "createCollectionConnector" or not key:
            return serve(asked)
        if used.get(key, asked.path) != asked.path:
            return refusal(contract, 409, text="The key was used elsewhere.")
        answer = serve(asked)
        if answer.is_success:
            used[key] = asked.path
        return answer

    return transformation


def single(contract: str, *, create: str, members: Sequence[str], items: str, status: int) -> Transformation:
    """There is one thing of a natural key: a second creation is refused. An idempotent repeat is none.

    members: the natural key. items: the member of a list that holds the things.
    """
    made: set[tuple[str, str | None, bytes]] = set()

    def transformation(asked: Asked, serve: Serve) -> Answer:
        once = (asked.path, asked.header("Idempotency-Key"), asked.body)
        if asked.operation != create or (once[1] and once in made):
            return serve(asked)
        if _twin(asked, serve, members, items) is not None:
            return refusal(contract, status, members[-1])
        answer = serve(asked)
        if answer.is_success:
            made.add(once)
        return answer

    return transformation


def updated(contract: str, *, create: str, members: Sequence[str], items: str, status: int) -> Transformation:
    """There is one thing of a natural key: a second creation updates it, and its id stays.

    members: the natural key. items: the member of a list that holds the things.
    """
    shown: dict[bytes, bytes] = {}  # the mock's id of each thing that exists to the one that is shown
    made: dict[bytes, bytes] = {}  # the mock's id of each thing ever made to the one that is shown
    lock = threading.RLock()  # requests may come at once; what they share here must not

    def behind(asked: Asked, serve: Serve) -> Answer:
        inner_of = {outer: inner for inner, outer in shown.items()}
        path = _renamed(asked.path.encode(), inner_of).decode()
        answer = serve(asked.with_environ(PATH_INFO=path))
        return answer.with_body(_renamed(answer.body, shown))

    def transformation(asked: Asked, serve: Serve) -> Answer:
        with lock:
            return created(asked, serve) if asked.operation == create else behind(asked, serve)

    def created(asked: Asked, serve: Serve) -> Answer:
        other = _twin(asked, serve, members, items)
        answer = serve(asked)
        if other and answer.status == 409 and not asked.header("Idempotency-Key"):
            serve(_deletion(asked, other))
            answer = serve(asked)
        return in_place(asked, serve, answer, other) if answer.is_success else answer

    def in_place(asked: Asked, serve: Serve, answer: Answer, other: Any) -> Answer:
        new = _id(answer).encode()
        if new in made:  # an idempotent repeat
            return answer.with_body(answer.body.replace(new, made[new]))
        made[new] = new
        if other is None:
            return answer
        old = str(other["id"]).encode()
        if new != old:
            serve(_deletion(asked, other))
        made[new] = shown[new] = shown.pop(old, old)
        return answer.with_body(answer.body.replace(new, shown[new])).with_status(status)

    return transformation


def _renamed(text: bytes, names: Mapping[bytes, bytes]) -> bytes:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _id(answer: Answer) -> str:
    return str(answer.value.get("data", answer.value)["id"])


def _twin(asked: Asked, serve: Serve, members: Sequence[str], items: str) -> Any:
    """The thing that has the natural key of the one to be created; None where there is none."""
    body = json_of(asked)
    query = _WHOLE.get(asked.operation, "")
    listed = serve(asked.with_environ(REQUEST_METHOD="GET", QUERY_STRING=query).with_body(b""))
    if not isinstance(body, dict) or not listed.is_success:
        return None
    things = listed.value[items]
    return next((one for one in things if all(one.get(name) == body.get(name) for name in members)), None)


_WHOLE = {"createCollectionConnector": "limit=100", "storeConnector": "per_page=100"}


def _deletion(asked: Asked, thing: Mapping[str, Any]) -> Asked:
    return asked.with_environ(REQUEST_METHOD="DELETE", PATH_INFO=f"{asked.path}/{thing['id']}").with_body(b"")


def one_grant(contract: str, *, status: int) -> Transformation:
    """A second grant for one instance replaces the first."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "createGrant" or answer.status != 409:
            return answer
        above = asked.path.rsplit("/", 2)[0]
        listed = serve(asked.with_environ(REQUEST_METHOD="GET", PATH_INFO=above)).value["connections"]
        grants = next(one["grants"] for one in listed if one["id"] == asked.at["connection_id"])
        instance = json_of(asked)["instance_id"]
        old = next(one for one in grants if one["instance_id"] == instance)
        serve(_deletion(asked, old))
        return serve(asked).with_status(status)

    return transformation


def soft_deletes(contract: str, *, read: str) -> Transformation:
    """What was deleted is no longer listed, yet can still be read, marked as deleted."""
    last: dict[str, Answer] = {}
    deleted: set[str] = set()

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.environ["REQUEST_METHOD"] == "DELETE" and asked.path not in deleted:
            before = serve(asked.with_environ(REQUEST_METHOD="GET").with_body(b""))
            answer = serve(asked)
            if answer.is_success and before.is_success:
                deleted.add(asked.path)
                value = before.value
                last[asked.path] = before.with_value({"data": {**value["data"], "status": "deleted"}})
            return answer
        answer = serve(asked)
        return (
            last[asked.path]
            if asked.operation == read and answer.status == 404 and asked.path in last
            else answer
        )

    return transformation


def later(
    contract: str, *, create: str, lists: Mapping[str, str], read: str | None = None, seconds: float
) -> Transformation:
    """Lists and reads follow a moment after creations and deletions.

    lists: operation to the member that holds the things; `create` makes one, `read` shows one.
    """
    made: dict[Any, float] = {}
    gone: dict[str, tuple[float, Any]] = {}

    def written(asked: Asked, serve: Serve) -> Answer:
        above, _, last = asked.path.rpartition("/")
        deletes = asked.environ["REQUEST_METHOD"] == "DELETE"
        before = (
            serve(asked.with_environ(REQUEST_METHOD="GET", PATH_INFO=above).with_body(b""))
            if deletes
            else None
        )
        answer = serve(asked)
        if asked.operation == create and answer.is_success:
            made[answer.value.get("data", answer.value)["id"]] = time.monotonic() + seconds
        if answer.is_success and before is not None and before.is_success:
            rows = next((rows for rows in before.value.values() if isinstance(rows, list)), [])
            old = [row for row in rows if str(row["id"]) == last]
            gone[asked.path] = (time.monotonic() + seconds, old[0] if old else None)
        return answer

    def listed(asked: Asked, answer: Answer) -> Answer:
        now, member = time.monotonic(), lists[asked.operation]
        rows = [row for row in answer.value[member] if made.get(row["id"], 0) < now]
        still = [
            row
            for path, (until, row) in gone.items()
            if row and until > now and path.rpartition("/")[0] == asked.path and not asked.query()
        ]
        return answer.with_value({**answer.value, member: [*still, *rows]})

    def transformation(asked: Asked, serve: Serve) -> Answer:
        if asked.environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return written(asked, serve)
        answer = serve(asked)
        if asked.operation in lists and answer.is_success:
            return listed(asked, answer)
        until, row = gone.get(asked.path, (0.0, None))
        if asked.operation == read and answer.status == 404 and row and until > time.monotonic():
            return answer.with_value({"data": row}).with_status(200)
        return answer

    return transformation


def company(contract: str, *, create: str, member: str | None = None) -> Transformation:
    """With each creation another client makes the like. member: whose text has to differ."""
    others = 0

    def unmarked(value: Any) -> Any:
        """Without the members that a run of the harness makes up: no other client knows them."""
        if not isinstance(value, dict):
            return value
        return {name: unmarked(each) for name, each in value.items() if not name.startswith("ct_")}

    def transformation(asked: Asked, serve: Serve) -> Answer:
        nonlocal others
        answer = serve(asked)
        value = json_of(asked)
        if asked.operation != create or not answer.is_success or not isinstance(value, dict):
            return answer
        others += 1
        other = {**value, member: f"Another client's {others}"} if member else unmarked(value)
        serve(
            asked.with_environ(HTTP_IDEMPOTENCY_KEY=f"somebodys{others}").with_body(
                json.dumps(other).encode()
            )
        )
        return answer

    return transformation


def unranked(contract: str, *, member: str) -> Transformation:
    """Sorting goes by code points, capitals before small letters."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        sort = asked.query().get("sort", "")
        if asked.operation != "listConnectors" or not answer.is_success or sort.lstrip("-") != member:
            return answer
        value, rows, page = answer.value, [], 1
        while True:
            more = serve(asked.with_query(page=str(page), per_page="100")).value
            rows += more["data"]
            if page >= more["meta"]["last_page"]:
                break
            page += 1
        rows.sort(key=lambda row: str(row[member]), reverse=sort.startswith("-"))
        first = (value["meta"]["current_page"] - 1) * value["meta"]["per_page"]
        return answer.with_value({**value, "data": rows[first : first + value["meta"]["per_page"]]})

    return transformation
