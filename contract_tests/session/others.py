"""Whether others write to the target during a run: another run, a job, people."""

from __future__ import annotations

import time
from collections.abc import Collection

from contract_tests.session.context import RunContext
from contract_tests.session.creations import Siblings
from contract_tests.session.session import Session

PAUSES = (0.1, 0.3, 0.6, 1.0)
"""The seconds before each further look at the lists."""

_TRUSTED = 30.0
"""The seconds for which a list that was watched and stayed as it was is not watched again."""


def changed_by_others(context: RunContext, collections: Collection[Siblings]) -> Siblings | None:
    """The first of some collections in which objects come or go while this run does nothing.

    One that was seen to change is taken to change from then on. Other requirements must not be under
    examination. None where all stay as they are, or where none can be listed.
    """
    known = next((each for each in collections if each in context.changed_by_others), None)
    if known is not None:
        return known
    now = time.monotonic()
    unsure = [each for each in collections if context.left_alone.get(each, 0.0) < now]
    changed = _watched(Session(context, name="others"), unsure) if unsure else None
    if changed is not None:
        context.changed_by_others.add(changed)
        return changed
    context.left_alone.update(dict.fromkeys(unsure, time.monotonic() + _TRUSTED))
    return None


def _watched(session: Session, collections: Collection[Siblings]) -> Siblings | None:
    before = {each: _keys(session, each) for each in collections}
    for pause in PAUSES:
        session.context.sleep(pause)
        for collection, keys in before.items():
            if _keys(session, collection) != keys:
                return collection
    return None


def _keys(session: Session, collection: Siblings) -> set[str]:
    return set(session.listed(collection) or ())
