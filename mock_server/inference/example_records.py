"""The records in the examples of an operation's success."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.contract.operation import Contract, Operation, success_schema
from mock_server.inference.envelopes import find_list, find_record


def example_records(operation: Operation, contract: Contract) -> Iterator[Mapping[str, Any]]:
    """Yield the records, or the entries of the lists, in the examples of an operation's success."""
    response = operation.response(operation.success())
    schema = success_schema(operation)
    located = find_list(schema, contract.schemas) or find_record(schema, contract.schemas)
    for examples in response.examples.values() if response is not None else ():
        for example in examples.values():
            shown = example
            for name in (located.place or "").split(".") if located and located.place else ():
                shown = shown.get(name) if isinstance(shown, Mapping) else None
            entries = shown if isinstance(shown, list) else [shown]
            yield from (entry for entry in entries if isinstance(entry, Mapping))
