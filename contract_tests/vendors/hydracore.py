"""HydraCore: a grant lets one instance fetch one connection's credentials, with the capabilities granted."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementSpec, RequirementTable, build_requirements
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.vendors.lib import fetches, grants
from contract_tests.vendors.lib.granted import CREATE, DELETE, FETCH, GRANT, LIST, REVOKE


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What the fetch owes to grants, and grants to connections."""
    return build_requirements(contract, citations, PROMISES)


PROMISES: dict[Family, RequirementTable] = {
    Family.AUTHENTICATION: {
        "a management token does not fetch credentials": RequirementSpec(
            FETCH, "own-key-only", "003-03 003-04 H20", fetches.own_key_only
        ),
    },
    Family.AUTHORIZATION: {
        "each granted capability may be asked for": RequirementSpec(
            FETCH, "each-capability", "003-06 003-12", fetches.each_capability, (GRANT,)
        ),
        "a capability outside the grant is answered 403": RequirementSpec(
            FETCH, "ungranted-capability", "003-07 H17", fetches.ungranted_capability, (GRANT,)
        ),
        "a connection without a grant is not handed out": RequirementSpec(
            FETCH, "no-grant", "003-05 H16", grants.no_grant
        ),
        "a revoked grant no longer serves a fetch": RequirementSpec(
            REVOKE, "revoked", "003-45 003-05 H16", grants.revoked, (FETCH,)
        ),
        "the credentials of a deleted connection cannot be fetched": RequirementSpec(
            DELETE, "deleted", "003-38 003-05", grants.deleted, (FETCH,), background="H15"
        ),
    },
    Family.LIFECYCLE: {
        (
            "a granted fetch answers the credentials that were stored and the capabilities that were granted"
        ): RequirementSpec(FETCH, "granted", "003-05 003-08 H22", fetches.fetches, (GRANT,)),
        "the list shows a connection's grant while it exists": RequirementSpec(
            GRANT, "shown", "003-20 003-23 H28", grants.grants_shown, (LIST, REVOKE)
        ),
        "a connection shows no grant of another one": RequirementSpec(
            LIST, "own-grants", "003-20 003-23 003-44", grants.own_grants, (GRANT,)
        ),
        "the list shows a connection with two grants once": RequirementSpec(
            LIST, "granted-twice", "003-15", grants.listed_once, (GRANT,)
        ),
        "two instances that are granted a connection at once may both fetch it": RequirementSpec(
            GRANT, "together", "003-41 003-05", grants.granted_at_once, (FETCH,)
        ),
        "a grant names its connection, its instance and its capabilities": RequirementSpec(
            GRANT, "names", "003-44", grants.named
        ),
        "the answer to a deleted connection is empty": RequirementSpec(
            DELETE, "empty", "003-40", partial(grants.deletes_silently, operation=DELETE)
        ),
        "the answer to a revoked grant is empty": RequirementSpec(
            REVOKE, "empty", "003-47", partial(grants.deletes_silently, operation=REVOKE)
        ),
        "each documented auth_type is taken and shown": RequirementSpec(
            CREATE, "kinds", "003-33 003-36 H6", grants.kinds, (LIST,)
        ),
    },
    Family.ISOLATION: {
        "a grant serves its own instance and no other": RequirementSpec(
            FETCH, "other-instance", "003-04 003-05 H16 H20", fetches.other_instance, (GRANT,)
        ),
        "each instance gets the capabilities of its own grant": RequirementSpec(
            FETCH, "own-capabilities", "003-05 003-06 H22", fetches.own_capabilities, (GRANT,)
        ),
        "the name chooses among connections of one provider": RequirementSpec(
            FETCH, "by-name", "003-11 H19 H22", fetches.by_name, (GRANT,)
        ),
        "the provider chooses among equal names": RequirementSpec(
            FETCH, "by-provider", "003-10 H22", fetches.by_provider, (GRANT,)
        ),
        "a grant is not reached through another connection": RequirementSpec(
            REVOKE, "own-connection", "003-45 003-46", grants.own_connection, (FETCH,)
        ),
        "revoking one grant leaves the others in force": RequirementSpec(
            REVOKE, "other-grants", "003-45 003-05", grants.leaves_other_grants, (FETCH,)
        ),
    },
}
