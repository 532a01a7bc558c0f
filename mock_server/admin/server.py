"""The server as a whole: whether it is well, and what it plays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler
from mock_server.admin.listing import listed
from mock_server.behaviours.declared import Collection
from mock_server.clock import to_rfc3339
from mock_server.contract.operation import Operation
from mock_server.data import openapi_dir
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.handlers.registry import Reply
from mock_server.messages import DEFAULT_WORLD
from mock_server.pipeline.context import MountedContract
from mock_server.pipeline.overrides import documented_statuses
from mock_server.yaml_file import read_yaml


def get_health(call: AdminCall) -> Reply:
    """That the server answers, what it plays, and what time its default world has."""
    engine = call.context.engine
    return Reply(
        {
            "status": "ok",
            "contracts": list(engine.context.contracts),
            "worlds": len(engine.worlds.known()),
            "scenario": engine.worlds.beginnings.scenario,
            "now": to_rfc3339(engine.world().clock.now()),
        }
    )


def reset(call: AdminCall) -> Reply:
    """The default world as it began."""
    call.context.engine.worlds.reset(DEFAULT_WORLD)
    return Reply()


def list_contracts(call: AdminCall) -> Reply:
    """What rules, overrides and policies may name."""
    return listed(_shown(mounted) for mounted in call.context.engine.context.contracts.values())


def get_contract_document(call: AdminCall) -> Reply:
    """The document of a contract as its file has it, or that of the admin API. Raises ApiError NOT_FOUND."""
    name, settings, played = (
        call.path["contract"],
        call.context.settings,
        call.context.engine.context.contracts,
    )
    if name in played:
        own = [path for path in settings.specs if path.stem == name]
        return Reply(read_yaml(own[0] if own else settings.openapi / f"{name}.yaml"))
    if name == "admin":
        return Reply(read_yaml(openapi_dir() / "admin.yaml"))
    known = ", ".join([*played, "admin"])
    raise ApiError(ErrorCode.NOT_FOUND, message=f"There is no contract called {name!r}; there are {known}.")


def _shown(mounted: MountedContract) -> dict[str, Any]:
    contract = mounted.contract
    return {
        "contract": contract.name,
        "title": contract.title,
        "prefix": contract.prefix,
        "operations": [_operation(one) for one in contract.operations.values()],
        "collections": [_collection(one) for one in mounted.behaviours.collections.values()],
    }


def _operation(operation: Operation) -> dict[str, Any]:
    return {
        "operation": operation.id,
        "method": operation.method,
        "path": operation.path,
        "statuses": [
            {"status": status, "examples": names} for status, names in documented_statuses(operation).items()
        ],
    }


def _collection(collection: Collection) -> dict[str, Any]:
    return {
        "collection": collection.name,
        "called": collection.called,
        "key": collection.key,
        "moves": collection.lifecycle is not None,
    }


HANDLERS: Mapping[str, Handler] = {
    "getHealth": get_health,
    "reset": reset,
    "listContracts": list_contracts,
    "getContractDocument": get_contract_document,
}
