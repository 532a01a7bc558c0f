"""After a run: what it created is looked for once more, deleted where it is still there, else reported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from contract_tests.session.context import RunContext
from contract_tests.session.creations import Creation, Siblings
from contract_tests.session.session import Session
from contract_tests.verdicts import Broken, Inconclusive, Skipped

LOOKS = 3
"""How often a collection is listed until what was deleted has left it."""

LOOKED_AT = 5
"""How many deleted objects of a resource without a list are read."""

_PAUSE = 0.5
"""The seconds between two looks at a list."""


def sweep(context: RunContext) -> None:
    """Delete what the run created and has not deleted, whether or not an answer named it.

    An object is the run's own when an answer to a creation named it, or when it was not there before and
    carries a text that this run made up. What stays is noted in the context: `leftovers` where the contract
    offers a way to delete it, else `undeletable`.
    """
    session = Session(context, name="sweep")
    with session.cleaning():
        for collection in [*context.creations.before]:
            _sweep_collection(session, collection)
        _look_for_unlisted(session)
        _look_for_undeleted(session)
        _note_appeared(session)
    _note_unseen(context)
    _note_undeletable(context)


def is_swept(context: RunContext) -> bool:
    """Whether nothing that a request could delete is left, as far as the run could see."""
    return not (context.leftovers or context.creations.unresolved or context.delivery.gone)


def _sweep_collection(session: Session, collection: Siblings) -> None:
    for look in range(LOOKS):
        remaining = _own_keys(session, collection)
        if remaining is None:
            return
        for key in remaining:
            _delete(session, collection, key)
        lines = {collection.path(key) for key in remaining}
        if not lines or collection.resource.delete is None:
            break
        if look:
            session.context.sleep(_PAUSE)
    else:
        remaining = _own_keys(session, collection) or {}
        lines = {collection.path(key) for key in remaining}
    _forget(session.context, collection, except_for=lines)
    for line in sorted(lines):
        if collection.resource.delete is not None and line not in session.context.leftovers:
            session.context.leftovers.append(line)
    _note_unresolved(session, collection)


def _own_keys(session: Session, collection: Siblings) -> dict[Any, Any] | None:
    """The run's own objects in a collection, each with its record; None where it cannot be listed."""
    before = session.context.creations.before[collection]
    records = None if before is None else session.listed(collection)
    if records is None:
        return None
    creations, nonce = session.context.creations, session.context.permissions.made_up.nonce
    own = {}
    for key, record in records.items():
        is_marked = nonce in json.dumps(record, default=str) and not creations.was_there(collection, key)
        if is_marked or creations.find(collection, key) is not None:
            own[key] = record
    return own


def _delete(session: Session, collection: Siblings, key: Any) -> None:
    resource, creations = collection.resource, session.context.creations
    if resource.delete is None:
        return
    creation = creations.find(collection, key)
    if creation is None:
        creations.adopt(collection, key)
        session.context.permissions.created(resource.item, collection.item(key))
        creation = creations.find(collection, key)
    assert creation is not None  # noqa: S101 - just added
    session.delete(resource, collection.item(key), creation.credential)


def _look_for_unlisted(session: Session) -> None:
    """Ask for each object that no list shows whether it is gone."""
    context = session.context
    for creation in _standing_alone(context):
        resource, key = creation.siblings.resource, creation.key
        is_listed = context.creations.before.get(creation.siblings) is not None
        if is_listed or resource.read is None or resource.delete is None:
            continue
        path = creation.siblings.item(key)
        try:
            exchange = session.call(resource.read.id, path=path)
        except (Broken, Inconclusive, Skipped):
            continue
        line = creation.siblings.path(key)
        if exchange.ok and not session.delete(resource, path, creation.credential):
            context.leftovers += [line] if line not in context.leftovers else []


def _look_for_undeleted(session: Session) -> None:
    """Read some objects that no list shows and whose deletion succeeded: one that is still shown as it was
    created was not deleted. A read may show what is left of a deleted one."""
    context = session.context
    looked: Counter[str] = Counter()
    for creation in context.creations:
        resource, key = creation.siblings.resource, creation.key
        record = context.records.get((resource.item, str(key)))
        is_listed = context.creations.before.get(creation.siblings) is not None
        if not creation.is_deleted or is_listed or resource.read is None or record is None:
            continue
        looked[resource.item] += 1
        if looked[resource.item] > LOOKED_AT:
            continue
        try:
            exchange = session.call(resource.read.id, path=creation.siblings.item(key))
        except (Broken, Inconclusive, Skipped):
            continue
        line = creation.siblings.path(key)
        if exchange.ok and resource.record_in(exchange.parsed) == record and line not in context.leftovers:
            context.leftovers.append(line)


def _forget(context: RunContext, collection: Siblings, *, except_for: set[str]) -> None:
    """Take back leftovers of a collection that are not in it any more.

    What was created with a credential that is none of the target's may be shown to that one alone.
    """
    valid = context.target.valid_credentials()
    seen = [each for each in context.creations if not valid or each.credential in valid]
    gone = {creation.siblings.path(creation.key) for creation in seen} - except_for
    start = collection.path("")
    context.leftovers[:] = [
        line for line in context.leftovers if line not in gone or not line.startswith(start)
    ]


def _note_unresolved(session: Session, collection: Siblings) -> None:
    """Report new objects that may be the run's own, where one of its creations was not answered."""
    creations = session.context.creations
    if not creations.is_open(collection):
        return
    records = session.listed(collection)
    for key in records or ():
        is_new = not creations.was_there(collection, key) and creations.find(collection, key) is None
        if is_new:
            line = f"{collection.path(key)} (perhaps: a creation there was not answered)"
            session.context.leftovers.append(line)
    if records is not None:
        creations.settle(collection)


def _note_appeared(session: Session) -> None:
    """Report new objects beside those created that show nothing of this run: a creation may have made them,
    or someone else."""
    context, creations = session.context, session.context.creations
    for collection, before in creations.before.items():
        if collection.above or before is None or creations.is_open(collection):
            continue
        keys = list(() if context.delivery.gone else session.listed(collection) or ())
        new = [key for key in keys if not creations.was_there(collection, key)]
        unknown = [key for key in new if creations.find(collection, key) is None]
        if unknown:
            context.undeletable_objects.append(
                f"perhaps {len(unknown)} at {collection.path('…')}: new since the start of the run, "
                f"the first is {collection.path(unknown[0])}"
            )


def _note_unseen(context: RunContext) -> None:
    """Report creations that no answer named, where no list shows what became of them: none at all, or one
    without keys."""
    creations = context.creations
    unseen = Counter(creation.siblings for creation in creations.unresolved.values())
    for collection, number in unseen.items():
        is_own = context.permissions.is_below_created(collection.resource.item, collection.item(""))
        is_unseen = creations.before.get(collection) is None or not context.delivery.gone
        if is_own or is_unseen:
            creations.settle(collection)
        if not is_own and is_unseen:
            where = collection.path("…")
            context.undeletable_objects.append(
                f"perhaps {number} at {where}: no answer and no list names them"
            )


def _note_undeletable(context: RunContext) -> None:
    """Count what no request can delete, by collection."""
    stays = [each for each in _standing_alone(context) if each.siblings.resource.delete is None]
    for item, number in Counter(each.siblings.path("…") for each in stays).items():
        context.undeletable_objects.append(
            f"{number} at {item}: the contract has no operation that deletes them"
        )


def _standing_alone(context: RunContext) -> Iterator[Creation]:
    """What was created and not deleted, without what went with its parent."""
    for creation in context.creations:
        collection = creation.siblings
        if not creation.is_deleted and not context.permissions.is_below_created(
            collection.resource.item, collection.item(creation.key)
        ):
            yield creation
