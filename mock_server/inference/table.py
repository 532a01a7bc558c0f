"""Print what was inferred: as a table of routes, or as a behaviour file to keep and correct."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from mock_server.behaviours.declared import Behaviours, OperationBehaviour
from mock_server.contract.operation import Contract
from mock_server.inference.infer import document
from mock_server.inference.load import SpecOptions, checked_contract
from mock_server.inference.reasons import commented_yaml

_COLUMNS = ("method", "path", "does", "collection", "details")


def behaviour_yaml(path: Path, options: SpecOptions) -> str:
    """Return the inferred behaviour file of a spec, to be kept beside it as `<stem>.behaviour.yaml`.

    options: how the spec is read. Raises StartupError, see checked_contract.
    """
    path = path.resolve()
    with checked_contract(path, options, []) as spec:
        text = commented_yaml(document(spec.contract), spec.contract)
    file_name = f"{path.stem}.behaviour.yaml"
    head = (
        f"# Inferred from {path.name}. Kept beside it as {file_name}, this file is used and may be corrected."
    )
    return f"{head}\n{text}"


def show(contract: Contract, behaviours: Behaviours, stream: TextIO) -> None:
    """Write the table of one contract: with borders to a terminal, else as aligned lines."""
    rows = list(_rows(contract, behaviours))
    if stream.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*_COLUMNS, title=contract.title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        Console(file=stream, highlight=False).print(table)
        return
    widths = [max(map(len, column)) for column in zip(_COLUMNS, *rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        stream.write("  ".join(cells).rstrip() + "\n")


def _rows(contract: Contract, behaviours: Behaviours) -> Iterator[tuple[str, ...]]:
    for operation in contract.operations.values():
        behaviour = behaviours.operation(operation.id)
        yield (
            operation.method,
            operation.path,
            behaviour.action,
            behaviour.collection or "",
            ", ".join(_details(behaviour, behaviours)),
        )


def _details(behaviour: OperationBehaviour, behaviours: Behaviours) -> Iterator[str]:
    if behaviour.action == "create" and behaviour.collection:
        collection = behaviours.collections[behaviour.collection]
        yield f"key {collection.key} ({collection.ids})"
    if behaviour.envelope.data:
        yield f"in {behaviour.envelope.data}"
    if behaviour.page:
        names = " and ".join(name for name in (behaviour.page.size, behaviour.page.at) if name)
        yield f"{behaviour.page.mode} paging by {names}"
    if behaviour.sort:
        yield f"sorted by {behaviour.sort.parameter}"
    if behaviour.filters:
        yield f"filtered by {' '.join(behaviour.filters)}"
    outer = [name for name in behaviour.scope.values() if name != behaviour.collection]
    if outer:
        yield f"below {' '.join(outer)}"
