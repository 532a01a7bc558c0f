"""The OpenAPI document that a deployment shows of itself, compared with the contract it is judged by."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin

from contract_tests.openapi.contract import Contract
from contract_tests.requirements.results import OwnDocument
from contract_tests.session.context import RunContext
from contract_tests.spec_diff.differences import (
    UNDOCUMENTED,
    Difference,
    Harm,
    differences,
    operations_shared,
)
from contract_tests.spec_diff.documents import USUAL_PLACES, document_in


def own_document(context: RunContext, contracts: Collection[Contract]) -> OwnDocument | None:
    """What the document that a deployment shows says otherwise than the contract; None where it shows none.

    It is asked for at the usual places below the base URL, then below the root of the server, and compared
    where it has an operation in common with the contract. contracts: all that the deployment is judged by:
    what is documented by one of them is no undocumented route. Harmless differences are left out but for
    undocumented routes.
    """
    base_url = context.client.base_url
    folders = dict.fromkeys((base_url, urljoin(base_url, "/").rstrip("/")))
    for address in (folder + place for folder in folders for place in USUAL_PLACES):
        answer = context.client.read(address)
        found = None if answer is None else document_in(answer)
        if found is not None and operations_shared(context.contract, found):
            differing = _differences(context.contract, found, contracts)
            return OwnDocument(context.contract.name, address, differing)
    return None


def _differences(
    contract: Contract, shown: Contract, contracts: Collection[Contract]
) -> tuple[Difference, ...]:
    undocumented = set.intersection(*(_undocumented(other, shown) for other in contracts))
    routes = [each for each in differences(contract, shown) if each.operation in undocumented]
    breaking = [each for each in differences(contract, shown) if each.harm is not Harm.NONE]
    return (*routes, *breaking)


def _undocumented(contract: Contract, shown: Contract) -> set[str]:
    return {each.operation for each in differences(contract, shown) if each.kind == UNDOCUMENTED}
