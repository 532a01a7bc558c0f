"""Aimable: connector providers are set up and reset; documents 000 and 001 say what must then be seen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementSpec, RequirementTable, build_requirements
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.vendors.lib import collection_connectors as connectors
from contract_tests.vendors.lib import providers
from contract_tests.vendors.lib.collection_connectors import BROWSE, READ, UPDATE
from contract_tests.vendors.lib.providers import CREATE, GET, LIST, RESET, SETUP


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """The state machine of a provider, and what list, get, setup and reset say of the same one."""
    return build_requirements(contract, citations, PROMISES)


SLUG_REFUSED = "answers the documented malformed slug with 422 that points at provider_slug"

PROMISES: dict[Family, RequirementTable] = {
    Family.LIFECYCLE: {
        "after a setup its own answer, the read and the list show setup_complete true": RequirementSpec(
            SETUP,
            "completes",
            "000-22 000-23 000-31",
            partial(providers.switches, operation=SETUP),
            (GET, LIST),
        ),
        "after a reset its own answer, the read and the list show setup_complete false": RequirementSpec(
            RESET, "undoes", "000-27 000-28", partial(providers.switches, operation=RESET), (GET, LIST)
        ),
        "a provider that was reset can be set up again": RequirementSpec(
            SETUP, "again", "000-32", providers.set_up_again, (RESET,)
        ),
        f"{SETUP} leaves what describes the provider as it was": RequirementSpec(
            SETUP, "keeps", "000-19 000-22 X14", partial(providers.keeps, operation=SETUP), (GET,)
        ),
        f"{RESET} leaves what describes the provider as it was": RequirementSpec(
            RESET, "keeps", "000-28 000-19 X14", partial(providers.keeps, operation=RESET), (GET,)
        ),
        f"{SETUP} a second time is not an error and leaves the state as it is": RequirementSpec(
            SETUP, "repeated", "A10 000-19 000-22", partial(providers.repeated, operation=SETUP), (GET,)
        ),
        f"{RESET} a second time is not an error and leaves the state as it is": RequirementSpec(
            RESET, "repeated", "A10 000-28 000-19", partial(providers.repeated, operation=RESET), (GET,)
        ),
        "updated_at of a provider is not before its created_at, also after a setup": RequirementSpec(
            SETUP, "moves-updated-at", "000-15 000-23", providers.times, (GET, LIST, RESET), waits=True
        ),
        "a setup that is refused leaves setup_complete as it was": RequirementSpec(
            SETUP,
            "refused-without-trace",
            "000-37 A9",
            providers.refused_without_trace,
            (GET, RESET),
            also=(("a refused setup does not count as a setup", " ".join(providers.CONFIGURED)),),
        ),
        "an update leaves a connector with its provider": RequirementSpec(
            UPDATE, "tied", "001-02", connectors.stays_tied, (CREATE, READ)
        ),
        "connectors of callers with spaces of their own have principals of their own": RequirementSpec(
            CREATE, "principal", "001-13 X14", connectors.names_its_principal
        ),
        "the list shows each provider once, and as the read shows it": RequirementSpec(
            LIST, "agrees-with-read", "000-19 000-10", providers.list_agrees, (GET,)
        ),
    },
    Family.LISTING: {
        "the list names each provider that can be read": RequirementSpec(
            LIST, "all", "000-10 000-04", providers.lists_all, (GET,)
        ),
        "browsing an item shows its content, and not that of the top level": RequirementSpec(
            BROWSE, "below", "001-21 001-22", connectors.browses_below
        ),
    },
    Family.ISOLATION: {
        f"{SETUP} of one provider leaves every other one as it was": RequirementSpec(
            SETUP,
            "other-providers",
            "000-20 000-07",
            partial(providers.others_stay, operation=SETUP),
            (LIST,),
        ),
        f"{RESET} of one provider leaves every other one as it was": RequirementSpec(
            RESET,
            "other-providers",
            "000-27 000-07",
            partial(providers.others_stay, operation=RESET),
            (LIST,),
        ),
    },
    Family.VALIDATION: {
        f"{GET} {SLUG_REFUSED}": RequirementSpec(
            GET, "documented-slug", "000-37 000-38", partial(providers.documented_slug, operation=GET)
        ),
        f"{SETUP} {SLUG_REFUSED}": RequirementSpec(
            SETUP, "documented-slug", "000-37 000-38", partial(providers.documented_slug, operation=SETUP)
        ),
        f"{RESET} {SLUG_REFUSED}": RequirementSpec(
            RESET, "documented-slug", "000-37 000-38", partial(providers.documented_slug, operation=RESET)
        ),
        "a connector of a provider that does not exist is refused": RequirementSpec(
            CREATE,
            "unknown-provider",
            "001-02 001-05 A22",
            providers.unknown_provider,
            also=(("nor is it made when it is asked for again", " ".join(providers.TIED)),),
        ),
    },
    Family.SECRETS: {
        "no part of a provider's configuration is shown by setup, read, list or reset": RequirementSpec(
            SETUP, "configuration-hidden", "000-24 A32", providers.configuration_hidden, (GET, LIST, RESET)
        ),
    },
}
