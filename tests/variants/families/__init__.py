"""Every transformation by the name the catalogue uses: its family, a dot, its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.variants.families import (
    identifiers,
    lists,
    members,
    memory,
    orders,
    refusals,
    repeats,
    rules,
    successes,
    transport,
)
from tests.variants.seam import Transformation

Maker = Callable[..., Transformation]

TRANSFORMATIONS: Mapping[str, Maker] = {
    f"{family.__name__.rpartition('.')[2]}.{maker.__name__}": maker
    for family, makers in {
        members: (
            members.extra_members,
            members.other_order,
            members.absent_nulls,
            members.absent_empties,
            members.without_members,
            members.as_strings,
            members.bits,
            members.dates,
            members.rewritten,
            members.database_times,
        ),
        rules: (rules.refuse, rules.request, rules.answer, rules.unique_names),
        memory: (
            memory.kept,
            memory.replay_first,
            memory.key_for_all,
            memory.single,
            memory.updated,
            memory.one_grant,
            memory.soft_deletes,
            memory.later,
            memory.unranked,
            memory.company,
        ),
        orders: (orders.existence_first,),
        identifiers: (identifiers.opaque, identifiers.capital),
        refusals: (
            refusals.error_object,
            refusals.error_message,
            refusals.problem_json,
            refusals.entries,
            refusals.echoed_input,
            refusals.forbidden_for_unauthorized,
            refusals.bad_request,
            refusals.hidden_spaces,
            refusals.forbidden_customers,
            refusals.proxy_statuses,
            refusals.strict_pages,
            refusals.key_ignored,
        ),
        successes: (
            successes.answered,
            successes.null_bodies,
            successes.bare,
            successes.bare_answers,
            successes.outside_service_down,
        ),
        repeats: (
            repeats.replay,
            repeats.joined_syncs,
            repeats.idle_cancel,
            repeats.deleted_again,
            repeats.gone,
            repeats.conflicting_setups,
            repeats.needs_setup,
        ),
        lists: (
            lists.reversed_lists,
            lists.default_size,
            lists.bare_lists,
            lists.larger_total,
            lists.offset_pages,
            lists.numbered_links,
            lists.last_page_again,
            lists.read_single,
            lists.numbered_pages,
            lists.named_fetch,
        ),
        transport: (
            transport.compressed,
            transport.more_headers,
            transport.moved,
            transport.only_host,
            transport.busy,
            transport.small_bodies,
            transport.lower_headers,
        ),
    }.items()
    for maker in makers
}


def transformation(name: str, contract: str, arguments: Mapping[str, Any]) -> Transformation:
    """Return a new transformation, with a memory of its own.

    Raises KeyError for an unknown name, TypeError for unknown arguments.
    """
    return TRANSFORMATIONS[name](contract, **arguments)
