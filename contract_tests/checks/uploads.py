"""A file that was uploaded is downloaded as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from contract_tests.checks.lib.records import READING
from contract_tests.evidence.citations import Citations
from contract_tests.openapi.contract import Contract, Operation
from contract_tests.openapi.operation import Body, is_json
from contract_tests.openapi.resources import Resource, Resources, resources_of
from contract_tests.requirements.builder import RequirementBuilder
from contract_tests.requirements.families import Family
from contract_tests.requirements.model import Requirement
from contract_tests.session.session import Session
from contract_tests.verdicts import Skipped

_FILE: Final = "first line\r\nsecond line é\n\n  last"
"""A text in which lines, blanks and letters of several bytes may be lost."""

_WHOLE: Final = frozenset({"content", "contents", "download", "file", "raw", "data", "blob", "binary"})
"""Last words of paths that lead to a file as a whole, not to a preview of it."""

_AS_IT_IS: Final = frozenset({"application/octet-stream", "*/*"})
"""Media types of bytes of which a server knows nothing; it may write an image or a document anew."""


@dataclass(frozen=True, eq=False)
class _Transfer:
    """An upload and the download of the same file. member: that of the form with the file, None where it is
    the whole body."""

    resource: Resource
    upload: Operation
    download: Operation
    member: str | None


def requirements(contract: Contract, citations: Citations) -> Iterator[Requirement]:
    """For each download of what another operation uploads."""
    build = RequirementBuilder(contract, citations, Family.LIFECYCLE)
    for transfer in _transfers(resources_of(contract)):
        download, upload = transfer.download, transfer.upload
        kept = _media_types(download) <= _AS_IT_IS
        yield build(
            download,
            "same-file",
            title=f"{download.id} answers the file as {upload.id} was given it",
            cites=(*download.success_cites, *upload.success_cites) or download.cites,
            besides=() if kept else READING,
            check=partial(is_same_file, transfer=transfer),
            others=[upload.id],
        )


def _transfers(resources: Resources) -> Iterator[_Transfer]:
    for resource in resources.all:
        for download in resource.actions:
            if (
                not download.is_safe
                or not _media_types(download)
                or any(map(is_json, _media_types(download)))
            ):
                continue
            put = resources.put_there(download)
            is_whole = download.place.rpartition("/")[2].lower() in _WHOLE
            upload = put if put is not None or not is_whole else resource.create
            if upload is not None and _takes_a_file(upload):
                yield _Transfer(resource, upload, download, _file_member(upload.content))


def _media_types(operation: Operation) -> set[str]:
    """The media types of its documented successes."""
    return {media for status in operation.successes for media in operation.responses[str(status)].bodies}


def _takes_a_file(upload: Operation) -> bool:
    body = upload.content
    if body is None or is_json(body.media_type):
        return False
    is_form = body.media_type.startswith(("multipart/", "application/x-www-form"))
    return not is_form or _file_member(body) is not None


def _file_member(body: Body | None) -> str | None:
    """The one member of a form that is a file."""
    files = [
        name
        for name, schema in (body.schema.properties.items() if body is not None else ())
        if schema.flat.get("format") == "binary" or "contentMediaType" in schema.flat
    ]
    return files[0] if len(files) == 1 else None


def is_same_file(session: Session, transfer: _Transfer) -> None:
    """The bytes of the answer are those that were sent."""
    resource, upload, download = transfer.resource, transfer.upload, transfer.download
    path: Mapping[str, Any] = session.subject(upload.id)
    sent: Any = _FILE
    if transfer.member is not None:
        form = session.valid.body(upload)
        if not isinstance(form, Mapping):
            raise Skipped(f"the form of {upload.id} cannot be filled in")
        sent = {**form, transfer.member: _FILE}
    exchange = session.control(session.call(upload.id, path=path, body=sent))
    if upload is resource.create:
        path = session.created(resource, exchange, path).path
    answer = session.control(session.call(download.id, path=path))
    if answer.content != _FILE.encode():
        session.broken(
            expected=f"the {len(_FILE.encode())} bytes that {upload.id} was given",
            received=f"{len(answer.content)} bytes: {answer.content[:60]!r}",
            exchange=answer,
        )
