"""Whether others write to the target during a run: another run, a job, people."""

from __future__ import annotations

from collections.abc import Collection

from contract_tests.session.context import RunContext
from contract_tests.session.creations import Siblings
from contract_tests.session.session import Session

PAUSES = (0.1, 0.3, 0.6, 1.0)
"""The seconds before each further look at the lists."""


def changed_by_others(context: RunContext, collections: Collection[Siblings]) -> Siblings | None:
    """The first of some collections in which objects come or go while this run does nothing.

    One that was seen to change is taken to change from then on. Other requirements must not be under
    examination. None where all stay as they are, or where none can be listed.
    """
    known = next((each for each in collections if each in context.changed_by_others), None)
    if known is not None or not collections:
        return known
    session = Session(context, name="others")
    before = {each: _keys(session, each) for each in collections}
    for pause in PAUSES:
        context.sleep(pause)
        for collection, keys in before.items():
            if _keys(session, collection) != keys:
                context.changed_by_others.add(collection)
                return collection
    return None


def _keys(session: Session, collection: Siblings) -> set[str]:
    return set(session.listed(collection) or ())
