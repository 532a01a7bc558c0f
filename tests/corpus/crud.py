"""Walks create, list, get, update, delete and 404 of each collection: `python -m tests.corpus.crud [NAMES]`.

A collection is every POST beside a GET by key, by the document alone: a path, and the same path with a
parameter after it. Its walk is right when every step that the document has is right: what was sent comes
back, list and record show it, a change is kept, what is deleted is gone, an unknown key is not found.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import click
from werkzeug.test import TestResponse

from tests.corpus.bodies import BodyMaker, encoded, members_of, parts_of
from tests.corpus.documents import (
    VARIABLE,
    WITHOUT_CORPUS,
    Document,
    Node,
    Operation,
    corpus,
    document_names,
    document_path,
)
from tests.corpus.survey import client_of, schema_error
from tests.corpus.walk import GenericClient, Walk, json_of, plain

_LAST_PARAMETER = re.compile(r"^(?P<above>.+)/\{(?P<name>[^{}/]+)\}(?P<ending>\.[a-z]+)?/?$")
_KEY_MEMBERS = ("id", "sid", "uuid", "guid", "uri", "slug", "name", "key", "code", "number")
_GONE = {404, 410}


@dataclass(frozen=True)
class Collection:
    """A POST beside a GET by key. parameter: of the item's path. The others are None where there are none."""

    create: Operation
    get: Operation
    parameter: str
    list: Operation | None
    update: Operation | None
    delete: Operation | None


@dataclass
class Walked:
    """How the walk of a collection went. step: the one that failed, empty if all are right."""

    path: str
    step: str = ""
    reason: str = ""


class Wrong(Exception):
    """A step is not right. args: the step and the reason."""


def collections(document: Document) -> Iterator[Collection]:
    """The collections that a document describes."""
    by_method = {
        method: {_shape(each.path): each for each in document.operations(method)}
        for method in ("get", "post", "put", "patch", "delete")
    }
    for get in by_method["get"].values():
        item = _LAST_PARAMETER.match(get.path)
        if item is None:
            continue
        above, shape = _shape(item["above"] + (item["ending"] or "")), _shape(get.path)
        create = by_method["post"].get(above)
        if create is None:
            continue
        listing = by_method["get"].get(above)
        updates = (by_method[method].get(shape) for method in ("patch", "put", "post"))
        yield Collection(
            create,
            get,
            item["name"],
            listing if listing is not None and _answers_list(listing) else None,
            next((each for each in updates if each is not None), None),
            by_method["delete"].get(shape),
        )


def _shape(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path).rstrip("/")


def _answers_list(operation: Operation) -> bool:
    """Whether the documented answer is a list of objects, bare or in an envelope."""
    content = operation.response(200).at("content")
    schema = content.at(next(iter(content.names()), ""), "schema")
    return schema.value is None or _has_list(schema)


def _has_list(schema: Node, depth: int = 0) -> bool:
    lists = [part for part in parts_of(schema) if part.value.get("type") == "array" or "items" in part.value]
    if any(members_of(part.at("items")) for part in lists):
        return True
    return depth < 2 and any(_has_list(member, depth + 1) for member in members_of(schema).values())


@dataclass
class Walker:
    """Walks the collections of one document.

    related: what the body of the creation refers to, by the names that a query has for it.
    """

    document: Document
    client: GenericClient
    maker: BodyMaker = field(init=False)
    related: dict[str, Any] = field(default_factory=dict)
    _references: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for get in self.document.gets():
            last = get.path.rstrip("/").rpartition("/")[2]
            if "{" not in get.path and _answers_list(get):
                key = self._first_key(get)
                if key is not None:
                    self._references.setdefault(_singular(plain(last)), key)
        self.maker = BodyMaker(self._references)

    def walk(self, collection: Collection) -> Walked:
        """Walk one collection."""
        walked = Walked(collection.create.path)
        try:
            self._walk(collection)
        except Wrong as wrong:
            walked.step, walked.reason = wrong.args
        except Exception as error:
            walked.step, walked.reason = "walker", f"{type(error).__name__}: {error}"
        return walked

    def _walk(self, collection: Collection) -> None:
        self.maker.sends_keys = collection.list is None and not _documents_content(collection.create)
        sent, response, filled = self._write(collection.create, {}, "create")
        self.related = _references_of(sent)
        created = json_of(response)
        key, shown = self._found(collection, sent, response, filled)
        _compare("create", sent, _record(created, key), collection.create, key, self.document)
        _compare("get", sent, _record(json_of(shown), key), collection.get, key, self.document)
        if collection.list is not None:
            self._listed(
                "list", collection.list, filled, key, expected=True, record=_record(json_of(shown), key)
            )
        filled = {**filled, collection.parameter: key}
        if collection.update is not None:
            members = _record(json_of(shown), key) or {}
            keys = {plain(name): value for name, value in members.items() if str(value) == str(key)}
            sent, response, _ = self._write(
                collection.update, filled, "update", {**keys, plain(collection.parameter): key}
            )
            shown = self._get(collection, filled)
            if shown.status_code != 200:
                raise Wrong("update", f"GET after it: {_told(shown)}")
            _compare("update", sent, _record(json_of(shown), key), collection.get, key, self.document)
        if collection.delete is not None:
            self._delete(collection, filled, key, _record(json_of(shown), key))
        else:
            self._unknown(collection, filled, key)

    def _delete(
        self, collection: Collection, filled: Mapping[str, Any], key: Any, record: Mapping[str, Any] | None
    ) -> None:
        assert collection.delete is not None
        sent, response, _ = self._write(collection.delete, filled, "delete")
        del sent, response
        shown = self._get(collection, filled)
        body = json_of(shown)
        marked = isinstance(body, Mapping) and any(
            plain(name) in {"deleted", "isdeleted", "deletedat"} and value for name, value in body.items()
        )
        if shown.status_code not in _GONE and not marked:
            raise Wrong("404", f"GET after DELETE: {_told(shown)}")
        if collection.list is not None:
            self._listed("404", collection.list, filled, key, expected=False, record=record)

    def _unknown(self, collection: Collection, filled: Mapping[str, Any], key: Any) -> None:
        unknown: Any = 987_654_321 if isinstance(key, int) else _other(str(key))
        shown = self._get(collection, {**filled, collection.parameter: unknown})
        if shown.status_code not in _GONE:
            raise Wrong("404", f"GET of the unknown {unknown}: {_told(shown)}")

    def _write(
        self,
        operation: Operation,
        filled: Mapping[str, Any],
        step: str,
        key_members: Mapping[str, Any] = MappingProxyType({}),
    ) -> tuple[Any, TestResponse, dict[str, Any]]:
        """Send a body that is accepted: it, the response, and the path's values. Raises Wrong."""
        refusal = ""
        for listed in (False, True):
            path, query, headers, values = self._arguments(operation, filled, listed=listed)
            for body in self._bodies(operation):
                data, sent_headers = None, dict(headers)
                if isinstance(body, dict):
                    # What identifies the record stays as it is.
                    body |= {name: key_members[plain(name)] for name in body if plain(name) in key_members}
                if body is not None:
                    media_type = self.maker.media_type(operation.operation) or "application/json"
                    data, sent_headers["Content-Type"] = encoded(body, media_type)
                response = self.client.send(operation.method, path, query, sent_headers, body=data)
                if response.status_code < 300:
                    return body, response, values
                if response.status_code == 409 and isinstance(body, Mapping):
                    changed = _made_unique(body, response.text)
                    data, sent_headers["Content-Type"] = encoded(changed, media_type)
                    again = self.client.send(operation.method, path, query, sent_headers, body=data)
                    if again.status_code < 300:
                        return changed, again, values
                refusal = (
                    refusal
                    or f"{operation.method.upper()} {path}: {_told(response)}; sent {json.dumps(body)[:300]}"
                )
                if response.status_code in {401, 403, 404, 405, 501}:
                    break
        raise Wrong(step, refusal)

    def _bodies(self, operation: Operation) -> list[Any]:
        """Bodies to try: those that are valid, as far as the walk can judge."""
        if self.maker.media_type(operation.operation) is None:
            return [None]
        schema = operation.operation.at(
            "requestBody", "content", self.maker.media_type(operation.operation), "schema"
        )
        candidates = [body for body in self.maker.candidates(operation.operation) if body is not None]
        valid = [body for body in candidates if self._is_valid(schema, body)]
        return valid or candidates or [None]

    def _is_valid(self, schema: Node, body: Any) -> bool:
        if schema.value is None:
            return True
        try:
            error = schema_error(schema.uri, body, self.document)
        except Exception:
            return True
        return error is None or error.validator == "required"

    def _arguments(
        self, operation: Operation, filled: Mapping[str, Any], *, listed: bool
    ) -> tuple[str, dict[str, Any], dict[str, str], dict[str, Any]]:
        """Path, query and headers to send, and the values of the path by parameter."""
        values = dict(filled)
        path = operation.path
        for name in re.findall(r"\{([^{}]*)\}", operation.path):
            if name in filled:
                path = path.replace(f"{{{name}}}", quote(str(filled[name]), safe=""))
        rest = replace(
            operation,
            path=path,
            parameters={
                place: parameter
                for place, parameter in operation.parameters.items()
                if place[0] != "path" or f"{{{place[1]}}}" in path
            },
        )
        for place, name in list(rest.parameters):
            if place == "path":
                # Outer values first: what lies below them is looked up with them.
                before = path.partition(f"{{{name}}}")[0]
                template = operation.path.partition(f"{{{name}}}")[0]
                values[name] = self._parent(rest, name, before, template, listed=listed)
                path = path.replace(f"{{{name}}}", quote(str(values[name]), safe=""))
        final = replace(
            rest, path=path, parameters={p: v for p, v in rest.parameters.items() if p[0] != "path"}
        )
        path, query, headers = self.client.arguments(final)
        return path, query, headers, values

    def _parent(self, operation: Operation, name: str, before: str, template: str, *, listed: bool) -> Any:
        if listed or (before in self._known_lists):
            listing = self._known_lists.get(_shape(template))
            if listing is not None:
                key = self._first_key(
                    replace(
                        listing,
                        path=before.rstrip("/"),
                        parameters={p: v for p, v in listing.parameters.items() if p[0] != "path"},
                    )
                )
                if key is not None:
                    return key
        return self.client.path_value(operation, name, operation.parameters["path", name], listed=listed)

    @property
    def _known_lists(self) -> dict[str, Operation]:
        return {_shape(each.path): each for each in self.document.gets()}

    def _first_key(self, listing: Operation) -> Any:
        path, query, headers = self.client.arguments(listing)
        response = self.client.get(path, query, headers)
        if response.status_code != 200:
            return None
        record = next(_records(json_of(response), lists=True), None)
        return None if record is None else next(_keys(record, ""), None)

    def _found(
        self, collection: Collection, sent: Any, response: TestResponse, filled: Mapping[str, Any]
    ) -> tuple[Any, TestResponse]:
        """The key of what was created, and the response to a GET by it. Raises Wrong."""
        candidates = list(_created_keys(collection, json_of(response), sent, response))
        if not json_of(response) and collection.list is not None:
            # What was created shows in the list alone; it may be first or last.
            records = list(self._list(collection.list, filled).items)
            ends = [each for each in (*records[-1:], *records[:1]) if isinstance(each, Mapping)]
            listed = [
                next(_keys(record, collection.parameter), None)
                for end in ends
                for record in _records(end, lists=False)
            ]
            candidates = [*listed, *candidates]
        tried = []
        for key in dict.fromkeys(candidates[:8]):
            shown = self._get(collection, {**filled, collection.parameter: key})
            if shown.status_code == 200:
                return key, shown
            tried.append(f"{key}: {_told(shown)}")
        if not candidates and collection.list is not None:
            raise Wrong("create", f"answers no key: {_told(response)}")
        raise Wrong("get", f"no record by {'; '.join(tried) or 'any key'}: created {_told(response)}")

    def _get(self, collection: Collection, filled: Mapping[str, Any]) -> TestResponse:
        path, query, headers, _ = self._arguments(collection.get, filled, listed=False)
        return self.client.get(path, query, headers)

    def _listed(
        self,
        step: str,
        listing: Operation,
        filled: Mapping[str, Any],
        key: Any,
        *,
        expected: bool,
        record: Mapping[str, Any] | None,
    ) -> None:
        """Raises Wrong unless a list shows a key as expected. record: as it was shown by itself."""
        walk = self._list(listing, filled)
        if walk.trouble or walk.endless:
            raise Wrong(step, f"list: {walk.trouble or 'endless'}")
        names = {name for name, value in (record or {}).items() if str(value) == str(key)}
        shown = str(key) in self.client.members(walk.items, names)
        if shown != expected:
            raise Wrong(step, f"{key} is {'missing in' if expected else 'still in'} {walk.keys[-3:]}"[:400])

    def _list(self, listing: Operation, filled: Mapping[str, Any]) -> Walk:
        path = listing.path
        for name in re.findall(r"\{([^{}]*)\}", path):
            if name in filled:
                path = path.replace(f"{{{name}}}", quote(str(filled[name]), safe=""))
        parameters = {
            place: each
            for place, each in listing.parameters.items()
            if place[0] != "path" or f"{{{place[1]}}}" in path
        }
        asked = {
            place: Node({"required": True, "example": self.related[_word(place[1])]}, each.uri)
            if place[0] == "query" and each.value.get("required") and _word(place[1]) in self.related
            else each
            for place, each in parameters.items()
        }
        return self.client.walk(replace(listing, path=path, parameters=asked))


def _word(name: str) -> str:
    """A name without case and separators; unlike `plain` with its digits."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _references_of(sent: Any) -> dict[str, Any]:
    """The keys of other records in a body, by the names `member` and `member id`."""
    found: dict[str, Any] = {}
    for name, value in sent.items() if isinstance(sent, Mapping) else ():
        key = value.get("id") if isinstance(value, Mapping) else value
        if isinstance(key, str | int):
            found |= {_word(name): key, f"{_word(name)}id": key}
    return found


def _singular(word: str) -> str:
    return re.sub(r"ies$", "y", word) if word.endswith("ies") else re.sub(r"(?<=[^s])s$", "", word)


def _other(key: str) -> str:
    """A key of the same form that does not exist."""
    return re.sub(r"[0-9]", "9", key) if re.search(r"[0-8]", key) else f"{key}-unknown"


def _made_unique(body: Mapping[str, Any], refusal: str) -> dict[str, Any]:
    """A body with other texts in place of those that a refusal names."""
    return {
        name: f"{value}-walker" if isinstance(value, str) and value and value in refusal else value
        for name, value in body.items()
    }


def _told(response: TestResponse) -> str:
    return f"{response.status_code} {response.text[:240]}"


def _records(body: Any, *, lists: bool, depth: int = 3) -> Iterator[Mapping[str, Any]]:
    """The objects of a body, the outer ones first. lists: only those in lists."""
    if isinstance(body, Mapping):
        if not lists:
            yield body
        if depth:
            for value in body.values():
                yield from _records(value, lists=lists, depth=depth - 1)
    elif isinstance(body, list):
        for entry in body[:200]:
            if isinstance(entry, Mapping):
                yield from _records(entry, lists=False, depth=depth)


def _keys(record: Mapping[str, Any], parameter: str) -> Iterator[Any]:
    """What may be the key of a record: the member called like the path's parameter, then the usual names."""
    members = {plain(name): value for name, value in record.items() if isinstance(value, str | int)}
    word = plain(parameter)
    # A creation of several answers a list of their keys.
    several = (value for name, value in record.items() if plain(name).removesuffix("s") == word)
    yield from (key for value in several if isinstance(value, list) for key in value[:1])
    endings = [name for name in members if len(name) > 1 and word.endswith(name)]
    for name in dict.fromkeys([word, *sorted(endings, key=len, reverse=True), *_KEY_MEMBERS]):
        if name in members and not isinstance(members[name], bool) and members[name] != "":
            yield members[name]
    rest = [name for name in members if name not in _KEY_MEMBERS]
    rest.sort(key=lambda name: not name.endswith("id"))
    yield from (members[name] for name in rest if isinstance(members[name], str) and members[name])


def _created_keys(collection: Collection, created: Any, sent: Any, response: TestResponse) -> Iterator[Any]:
    for record in _records(created, lists=False):
        yield from _keys(record, collection.parameter)
    if "Location" in response.headers:
        yield response.headers["Location"].rstrip("/").rpartition("/")[2]
    if isinstance(created, str | int):
        yield created
    for record in _records(sent, lists=False):
        yield from _keys(record, collection.parameter)


def _record(body: Any, key: Any) -> Mapping[str, Any] | None:
    """The object in a body that holds a key, None without one."""
    for record in _records(body, lists=False):
        if any(str(value) == str(key) for value in record.values() if isinstance(value, str | int)):
            return record
    return None


def _compare(  # noqa: PLR0917 - what was sent, what is shown, and where that is declared
    step: str, sent: Any, shown: Mapping[str, Any] | None, operation: Operation, key: Any, document: Document
) -> None:
    """Compare what was sent with what is shown. Raises Wrong for a declared member with another value.

    A value that the documented answer cannot show is not compared.
    """
    if shown is None:
        if step == "create" or not _answers_json(operation):
            return
        raise Wrong(step, f"no object with {key} is shown")
    declared = _declared_beside(operation, shown, key)
    members = {plain(name): value for name, value in shown.items()}
    for name, value in _without_envelope(sent, declared).items():
        word = plain(name)
        if word not in declared or "password" in word or "secret" in word or value is None:
            continue
        schema = declared[word]
        is_object = bool(members_of(schema))
        if not isinstance(value, Mapping) and not is_object and not _may_show(schema, value, document):
            continue
        if not _same(value, members.get(word)):
            raise Wrong(step, f"{name}: sent {value!r}, shown {members.get(word)!r}"[:400])


def _without_envelope(sent: Any, declared: Mapping[str, Node]) -> Mapping[str, Any]:
    """The record in a body: inside its only member where the answer's record has none of that name."""
    if not isinstance(sent, Mapping):
        return {}
    name, inner = next(iter(sent.items()), ("", None))
    is_envelope = len(sent) == 1 and isinstance(inner, Mapping) and _word(name) not in declared
    return inner if is_envelope else sent


def _may_show(schema: Node, value: Any, document: Document) -> bool:
    try:
        return schema_error(schema.uri, value, document) is None or not isinstance(value, str)
    except Exception:
        return False


def _answers_json(operation: Operation) -> bool:
    """Whether the documented success is JSON, as far as it says."""
    names = operation.response(200).at("content").names()
    return not names or any("json" in name or "*" in name for name in names)


def _documents_content(operation: Operation) -> bool:
    return any(operation.response(status).at("content").names() for status in (200, 201, 202))


def _declared_beside(operation: Operation, shown: Mapping[str, Any], key: Any) -> dict[str, Node]:
    """The members that the documented answer declares in the object with the key, by plain name."""
    content = next(
        (
            content
            for status in (200, 201, 202)
            if (content := operation.response(status).at("content")).names()
        ),
        operation.response(200).at("content"),
    )
    schema = content.at(next(iter(content.names()), ""), "schema")
    holding = {
        _word(name)
        for name, value in shown.items()
        if isinstance(value, str | int) and str(value) == str(key)
    }
    for members in _objects_of(schema):
        if holding & {_word(name) for name in members}:
            return {
                _word(name): member
                for name, member in members.items()
                if not any(part.value.get("writeOnly") for part in parts_of(member))
            }
    return {}


def _objects_of(schema: Node, depth: int = 3) -> Iterator[dict[str, Node]]:
    members = members_of(schema)
    if members:
        yield members
    if depth:
        for member in members.values():
            yield from _objects_of(member, depth - 1)
        for part in parts_of(schema):
            if "items" in part.value:
                yield from _objects_of(part.at("items"), depth - 1)


def _same(sent: Any, shown: Any) -> bool:  # noqa: PLR0911 - one return per kind of value
    """Whether a value is shown as it was sent; a reference may be shown as the object it refers to."""
    if isinstance(sent, Mapping):
        if not isinstance(shown, Mapping):
            return not sent
        members = {_word(name): value for name, value in shown.items()}
        return all(
            _same(value, members[_word(name)]) for name, value in sent.items() if _word(name) in members
        )
    if isinstance(sent, list):
        return isinstance(shown, list) and (not sent or len(sent) == len(shown))
    if isinstance(shown, Mapping):
        return any(_same(sent, value) for value in shown.values() if isinstance(value, str | int))
    if isinstance(sent, bool) or isinstance(shown, bool):
        return str(sent).lower() == str(shown).lower()
    if isinstance(sent, int | float) and isinstance(shown, int | float):
        return float(sent) == float(shown)
    plainly = str(sent) == str(shown)
    # The same instant may be written with other fractions or another offset's sign.
    instant = re.compile(r"(?<=:\d\d)\.0+|Z$|\+00:00$")
    return plainly or (shown is not None and instant.sub("", str(sent)) == instant.sub("", str(shown)))


def walked(document: Document) -> list[Walked]:
    """The walks of a document's collections."""
    walker = Walker(document, GenericClient(document, *client_of(document.path)))
    return [walker.walk(collection) for collection in collections(document)]


@click.command(help=__doc__)
@click.option("--quiet", is_flag=True, help="Print the table alone.")
@click.argument("names", nargs=-1)
def main(names: Sequence[str], quiet: bool) -> None:
    """Print the walks that are not right, and a table."""
    if corpus() is None:
        raise click.ClickException(f"{VARIABLE}: {WITHOUT_CORPUS}")
    rows, steps = [], Counter[str]()
    right = total = 0
    for name in names or document_names():
        document = Document(document_path(name, Path(mkdtemp())))
        walks = [] if document.version.startswith("2") else walked(document)
        wrong = [walk for walk in walks if walk.step]
        for walk in [] if quiet else wrong:
            click.echo(f"{name}: {walk.path}: {walk.step}: {walk.reason}")
        steps.update(walk.step for walk in wrong)
        right, total = right + len(walks) - len(wrong), total + len(walks)
        by_step = ", ".join(f"{step} {count}" for step, count in Counter(walk.step for walk in wrong).items())
        if walks:
            rows.append(f"| {name} | {len(walks)} | {len(walks) - len(wrong)} | {by_step} |")
    click.echo("\n| document | collections | right | wrong, by step |\n|---|---|---|---|")
    click.echo("\n".join(rows))
    click.echo(f"| all | {total} | {right} | {', '.join(f'{s} {c}' for s, c in steps.items())} |")


if __name__ == "__main__":
    main()
