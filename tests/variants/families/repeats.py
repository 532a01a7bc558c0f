"""What is answered the second time. Each transformation remembers what it has seen."""

from __future__ import annotations

import json
from typing import Any

from tests.variants.families.rules import json_of, refusal
from tests.variants.seam import Answer, Asked, Serve, Transformation


def replay(contract: str, *, status: int) -> Transformation:
    """A creation repeated with its key and body has another status; a 409 tells no more than that."""
    created: set[tuple[str, str | None, str | None, bytes]] = set()

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "createCollectionConnector" or not answer.is_success:
            return answer
        once = (asked.path, asked.header("Authorization"), asked.header("Idempotency-Key"), asked.body)
        if once not in created:
            created.add(once)
            return answer
        refused = answer.with_value({"detail": "The key was used before"}) if status == 409 else answer
        return refused.with_status(status)

    return transformation


def joined_syncs(contract: str) -> Transformation:
    """A second trigger answers 202 with the sync under way."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "triggerSync" or answer.status != 409:
            return answer
        listed = serve(asked.with_environ(REQUEST_METHOD="GET", QUERY_STRING="limit=100")).value["data"]
        # The one under way may have ended since: then it is the newest, which is listed first.
        running = [*(one for one in listed if one.get("completed_at") is None), *listed]
        return answer.with_value({"data": running[0]}).with_status(202) if running else answer

    return transformation


def idle_cancel(contract: str, *, status: int) -> Transformation:
    """A cancel when nothing runs has another status."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.operation != "cancelSync" or answer.status != 409:
            return answer
        return answer.empty(status) if status < 300 else answer.with_status(status)

    return transformation


def deleted_again(contract: str, *, body: Any = None) -> Transformation:
    """The delete of what was deleted before succeeds once more: 200 with this body, 204 without one."""
    gone: set[str] = set()

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.environ["REQUEST_METHOD"] != "DELETE":
            return answer
        if answer.is_success:
            gone.add(asked.path)
        if answer.status != 404 or asked.path not in gone:
            return answer
        return answer.empty(204) if body is None else answer.with_value(body).with_status(200)

    return transformation


def gone(contract: str) -> Transformation:
    """410 for what was deleted and everything below it."""
    deleted: set[str] = set()

    def transformation(asked: Asked, serve: Serve) -> Answer:
        answer = serve(asked)
        if asked.environ["REQUEST_METHOD"] == "DELETE" and answer.is_success:
            deleted.add(asked.path)
        below = any(asked.path == path or asked.path.startswith(f"{path}/") for path in deleted)
        return answer.with_status(410) if answer.status == 404 and below else answer

    return transformation


def conflicting_setups(contract: str) -> Transformation:
    """A provider that is set up has to be reset first, and one that is not cannot be reset."""

    def state(asked: Asked, serve: Serve) -> Any:
        shown = asked.with_environ(REQUEST_METHOD="GET", PATH_INFO=asked.path.removesuffix("/setup"))
        answer = serve(shown)
        return answer.value["data"]["setup_complete"] if answer.is_success else None

    def transformation(asked: Asked, serve: Serve) -> Answer:
        repeats = {"setupConnectorProvider": True, "resetConnectorProvider": False}
        repeated = asked.operation in repeats and state(asked, serve) is repeats[asked.operation]
        if not repeated:
            return serve(asked)
        if asked.operation == "setupConnectorProvider" and not _is_object(asked.body):
            return serve(asked)
        refusal = {"detail": "The provider is in that state already"}
        return Answer(409, (("Content-Type", "application/json"),), json.dumps(refusal).encode())

    return transformation


def needs_setup(contract: str, *, token: str) -> Transformation:
    """A connector of a provider that is not set up is refused. token: of an administrator, to look with."""

    def transformation(asked: Asked, serve: Serve) -> Answer:
        body = json_of(asked)
        if asked.operation != "createCollectionConnector" or not isinstance(body, dict):
            return serve(asked)
        prefix = asked.path.partition("/v1/")[0]
        path = f"{prefix}/v1/admin/connector-providers/{body.get('provider_slug')}"
        admin = asked.with_environ(
            REQUEST_METHOD="GET", PATH_INFO=path, HTTP_AUTHORIZATION=f"Bearer {token}"
        ).with_body(b"")
        provider = serve(admin)
        if not provider.is_success or provider.value["data"]["setup_complete"]:
            return serve(asked)
        return refusal(contract, 409, text="The provider is not set up.")

    return transformation


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False
