"""Every disguise by the name the catalogue uses: its family, a dot, its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.variants.families import identifiers, lists, members, refusals, repeats, successes, transport
from tests.variants.seam import Disguise

Maker = Callable[..., Disguise]

DISGUISES: Mapping[str, Maker] = {
    f"{family.__name__.rpartition('.')[2]}.{maker.__name__}": maker
    for family, makers in {
        members: (
            members.extra_members,
            members.other_order,
            members.absent_nulls,
            members.without_members,
            members.as_strings,
            members.bits,
            members.dates,
        ),
        identifiers: (identifiers.opaque,),
        refusals: (
            refusals.error_object,
            refusals.error_message,
            refusals.problem_json,
            refusals.entries,
            refusals.forbidden_for_unauthorized,
            refusals.bad_request,
            refusals.hidden_spaces,
            refusals.forbidden_customers,
            refusals.proxy_statuses,
            refusals.strict_pages,
            refusals.key_required,
            refusals.key_ignored,
        ),
        successes: (
            successes.answered,
            successes.null_bodies,
            successes.bare,
            successes.outside_service_down,
        ),
        repeats: (
            repeats.replay,
            repeats.joined_syncs,
            repeats.idle_cancel,
            repeats.deleted_again,
            repeats.gone,
            repeats.conflicting_setups,
        ),
        lists: (
            lists.reversed_lists,
            lists.default_size,
            lists.bare_lists,
            lists.larger_total,
            lists.numbered_links,
        ),
        transport: (transport.compressed, transport.more_headers),
    }.items()
    for maker in makers
}


def disguise(name: str, contract: str, arguments: Mapping[str, Any]) -> Disguise:
    """A fresh disguise, with a memory of its own. Raises KeyError, TypeError for what does not exist."""
    return DISGUISES[name](contract, **arguments)
