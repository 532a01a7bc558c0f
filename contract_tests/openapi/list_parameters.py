"""What the query parameters of a list ask for: another order, related objects, or fewer items."""

from __future__ import annotations

from typing import Final

from contract_tests.openapi.operation import Parameter
from contract_tests.openapi.paging import CURSORS, NUMBERED, OFFSETS, SIZES

INCLUDES: Final = ("include", "includes", "expand", "with")
"""The names of parameters that add related objects."""

SORTS: Final = ("sort", "sort_by", "order_by", "ordering", "orderBy", "sortBy", "$sort", "_sort")
"""The names of parameters that order a list by what they say, a hyphen before it for the other way round."""


def is_filter(parameter: Parameter) -> bool:
    """Whether a query parameter of a list chooses which items are shown."""
    known = (*SORTS, *INCLUDES, *CURSORS, *SIZES, *NUMBERED, *OFFSETS)
    return parameter.name not in known and not parameter.required
