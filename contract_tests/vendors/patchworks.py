"""Patchworks: related records, links between pages and partial updates, as document 004 and its framework
have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract
from contract_tests.requirements.builder import RequirementSpec, RequirementTable, build_requirements
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.vendors.lib import connectors, included
from contract_tests.vendors.lib.connectors import TEST, UPDATE
from contract_tests.vendors.lib.included import LIST, SHOW, STORE


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """What includes, links and updates owe beyond what any list or update owes."""
    return build_requirements(contract, citations, PROMISES)


LINKS_LEAD = "the links of a page name the first, the last and the neighbouring pages, and lead there"

PROMISES: dict[Family, RequirementTable] = {
    Family.LISTING: {
        LINKS_LEAD: RequirementSpec(LIST, "links", "004-51 P9", included.links),
        "each page of a sorted list has what is included": RequirementSpec(
            LIST, "include.every-page", "004-02 004-06 004-07 004-08 P4", included.every_page
        ),
        "all filters at once, beside include, sort and page, add nothing to the list": RequirementSpec(
            LIST, "filter.together", "004-05 P2 P3", included.filters_together
        ),
        f"{SHOW} takes all includes at once, side by side inside one record too": RequirementSpec(
            SHOW, "include.all-at-once", "004-02 004-30 P4", partial(included.all_at_once, operation=SHOW)
        ),
        f"{LIST} takes all includes at once, side by side inside one record too": RequirementSpec(
            LIST, "include.all-at-once", "004-02 004-06 P4", partial(included.all_at_once, operation=LIST)
        ),
        f"{SHOW} with an empty include adds nothing": RequirementSpec(
            SHOW, "include.empty", "QB-06 004-63 P4", partial(included.empty_include, operation=SHOW)
        ),
        f"{LIST} with an empty include adds nothing": RequirementSpec(
            LIST, "include.empty", "QB-06 004-63 P4", partial(included.empty_include, operation=LIST)
        ),
        f"{SHOW} includes the record the connector names, not another one": RequirementSpec(
            SHOW, "include.related", "004-60 004-62 P4", partial(included.related, operation=SHOW), (STORE,)
        ),
        f"{LIST} includes the record the connector names, not another one": RequirementSpec(
            LIST, "include.related", "004-60 004-62 P4", partial(included.related, operation=LIST), (STORE,)
        ),
    },
    Family.LIFECYCLE: {
        "a connector may be stored with null in each member that may be null": RequirementSpec(
            STORE, "nulls", "004-18 004-19 004-21", connectors.nulls
        ),
        "an update to each unit of the rate limit is shown": RequirementSpec(
            UPDATE, "units", "004-58 P14 P17", connectors.units, (SHOW,)
        ),
        "an update that sends no variables leaves them as they are": RequirementSpec(
            UPDATE, "keeps-variables", "P11 P17", connectors.keeps_variables, (STORE, SHOW)
        ),
        "a test leaves the connector as it was, whatever comes of it": RequirementSpec(
            TEST, "changes-nothing", "004-41", connectors.only_tests, (STORE, SHOW)
        ),
    },
}
