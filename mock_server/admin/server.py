"""The server as a whole: its health, its contracts and scenarios, and reading its files again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.admin.call import AdminCall, Handler, listed
from mock_server.behaviours.declared import Collection
from mock_server.clock import to_rfc3339
from mock_server.contract.operation import Operation
from mock_server.data import openapi_dir, spec_path
from mock_server.errors.api_error import ApiError, ErrorCode
from mock_server.faults.document import with_installed_faults
from mock_server.handlers.registry import Reply
from mock_server.messages import DEFAULT_WORLD
from mock_server.pipeline.documented import documented_statuses
from mock_server.pipeline.mounted_contracts import MountedContract
from mock_server.yaml_file import read_yaml


def get_health(call: AdminCall) -> Reply:
    """That the server answers, with its contracts and the time of its default world."""
    engine = call.context.engine
    return Reply(
        {
            "status": "ok",
            "contracts": list(call.contracts),
            "worlds": len(engine.worlds),
            "scenario": engine.worlds.beginnings.scenario,
            "now": to_rfc3339(engine.world().clock.now()),
        }
    )


def probe(_call: AdminCall) -> Reply:
    """That the server answers, and nothing else: anybody may ask. It is ready as soon as it answers, because
    it accepts no connection before its contracts are loaded."""
    return Reply({"status": "ok"})


def reset(call: AdminCall) -> Reply:
    """Return the default world to its beginning."""
    call.worlds.reset(DEFAULT_WORLD)
    return Reply()


def list_contracts(call: AdminCall) -> Reply:
    """The contracts with everything that rules, overrides and policies may name."""
    return listed(_contract_document(mounted) for mounted in call.contracts.values())


def get_contract_document(call: AdminCall) -> Reply:
    """The OpenAPI document of a contract, as its file has it, or that of the admin API. Raises ApiError
    NOT_FOUND."""
    name, settings = call.path["contract"], call.context.settings
    if name in call.contracts:
        own = next((path for path in settings.specs if path.stem == name), None)
        return Reply(read_yaml(own or spec_path(settings.openapi, name)))
    if name == "admin":
        document = read_yaml(openapi_dir() / "admin.yaml")
        document["components"]["schemas"] = with_installed_faults(document["components"]["schemas"])
        return Reply(document)
    known = ", ".join([*call.contracts, "admin"])
    message = f"There is no contract called {name!r}; there are {known}."
    raise ApiError(ErrorCode.NOT_FOUND, message=message)


def list_scenarios(call: AdminCall) -> Reply:
    """Every scenario with its description. Raises ScenarioError for a file that cannot be read."""
    known = call.worlds.scenarios.known()
    return listed({"name": name, "about": about} for name, about in known)


def get_reload(call: AdminCall) -> Reply:
    """The result of the last time the files were read."""
    return Reply(call.context.reloader.last.to_json())


def reload(call: AdminCall) -> Reply:
    """Read the files now. Raises ApiError CONFLICT where one is broken; then nothing changes."""
    report = call.context.reloader.reload()
    if not report.current:
        raise ApiError(ErrorCode.CONFLICT, message="; ".join(report.problems))
    return Reply(report.to_json())


def _contract_document(mounted: MountedContract) -> dict[str, Any]:
    contract = mounted.contract
    return {
        "contract": contract.name,
        "title": contract.title,
        "prefix": contract.prefix,
        "operations": [_operation_document(operation) for operation in contract.operations.values()],
        "collections": [
            _collection_document(collection) for collection in mounted.behaviours.collections.values()
        ],
    }


def _operation_document(operation: Operation) -> dict[str, Any]:
    statuses = documented_statuses(operation)
    return {
        "operation": operation.id,
        "method": operation.method,
        "path": operation.path,
        "statuses": [{"status": status, "examples": names} for status, names in statuses.items()],
    }


def _collection_document(collection: Collection) -> dict[str, Any]:
    return {
        "collection": collection.name,
        "called": collection.called,
        "key": collection.key,
        "moves": collection.lifecycle is not None,
    }


HANDLERS: Mapping[str, Handler] = {
    "getHealth": get_health,
    "getLiveness": probe,
    "getReadiness": probe,
    "reset": reset,
    "listContracts": list_contracts,
    "getContractDocument": get_contract_document,
    "listScenarios": list_scenarios,
    "getReload": get_reload,
    "reload": reload,
}
