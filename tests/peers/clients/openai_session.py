"""A session with OpenAI's own Python library: python openai_session.py BASE_URL."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import openai
from openai import Omit
from steps import Steps, base_url, each_once, equal, raises

step = Steps()
LINES = b'{"messages": []}\n{"messages": [1]}\n'


@step
def upload_a_file(s: Any) -> None:
    made = s.api.files.create(file=("lines.jsonl", LINES), purpose="fine-tune")
    s.file = made.id
    equal((made.object, made.filename, made.purpose), ("file", "lines.jsonl", "fine-tune"))
    equal(made.bytes, len(LINES))


@step
def retrieve_the_file(s: Any) -> None:
    got = s.api.files.retrieve(s.file)
    equal((got.id, got.filename, got.bytes), (s.file, "lines.jsonl", len(LINES)))


@step
def its_content_comes_back(s: Any) -> None:
    equal(s.api.files.content(s.file).read(), LINES)


@step
def page_through_files(s: Any) -> None:
    s.files = [s.file]
    for number in range(4):
        uploaded = (f"notes-{number}.txt", io.BytesIO(b"x" * number))
        s.files.append(s.api.files.create(file=uploaded, purpose="assistants").id)
    each_once([each.id for each in s.api.files.list(limit=2)], s.files)


@step
def list_the_files_of_a_purpose(s: Any) -> None:
    found = list(s.api.files.list(purpose="assistants"))
    equal({each.purpose for each in found}, {"assistants"})
    each_once([each.id for each in found], s.files[1:])


@step
def list_files_in_both_orders(s: Any) -> None:
    rising, falling = list(s.api.files.list(order="asc")), list(s.api.files.list(order="desc"))
    each_once([each.id for each in rising], s.files)
    times = [each.created_at for each in rising]
    equal(times, sorted(times))
    equal([each.created_at for each in falling], sorted(times, reverse=True))


@step
def create_a_vector_store(s: Any) -> None:
    made = s.api.vector_stores.create(name="Manuals", metadata={"team": "red"})
    s.store = made.id
    equal((made.object, made.name, made.metadata), ("vector_store", "Manuals", {"team": "red"}))


@step
def rename_the_vector_store(s: Any) -> None:
    equal(s.api.vector_stores.update(s.store, name="All manuals").name, "All manuals")
    got = s.api.vector_stores.retrieve(s.store)
    equal((got.name, got.metadata), ("All manuals", {"team": "red"}))


@step
def page_through_vector_stores(s: Any) -> None:
    made = [s.api.vector_stores.create(name=f"Store {number}").id for number in range(4)]
    s.other_store = made[0]
    each_once([each.id for each in s.api.vector_stores.list(limit=2)], [s.store, *made])


@step
def attach_a_file_to_the_store(s: Any) -> None:
    made = s.api.vector_stores.files.create(vector_store_id=s.store, file_id=s.files[1])
    equal((made.id, made.vector_store_id, made.object), (s.files[1], s.store, "vector_store.file"))


@step
def attached_files_belong_to_their_store(s: Any) -> None:
    equal([each.id for each in s.api.vector_stores.files.list(vector_store_id=s.store)], [s.files[1]])
    other = [each.id for each in s.api.vector_stores.files.list(vector_store_id=s.other_store)]
    assert s.files[1] not in other, "another store has it too"


@step
def detach_the_file(s: Any) -> None:
    gone = s.api.vector_stores.files.delete(s.files[1], vector_store_id=s.store)
    equal((gone.id, gone.deleted), (s.files[1], True))
    equal([each.id for each in s.api.vector_stores.files.list(vector_store_id=s.store)], [])
    equal(s.api.files.retrieve(s.files[1]).id, s.files[1])


@step
def keep_a_conversation(s: Any) -> None:
    made = s.api.conversations.create(metadata={"topic": "demo"})
    s.conversation = made.id
    equal((made.object, made.metadata), ("conversation", {"topic": "demo"}))
    equal(s.api.conversations.retrieve(s.conversation).metadata, {"topic": "demo"})


@step
def change_its_metadata(s: Any) -> None:
    changed = s.api.conversations.update(s.conversation, metadata={"topic": "sales"})
    equal(changed.metadata, {"topic": "sales"})


@step
def add_items_to_the_conversation(s: Any) -> None:
    content = [{"type": "input_text", "text": "Hello"}]
    s.api.conversations.items.create(
        s.conversation, items=[{"type": "message", "role": "user", "content": content}]
    )
    items = list(s.api.conversations.items.list(s.conversation))
    equal([(each.role, each.content[0].text) for each in items], [("user", "Hello")])


@step
def start_a_job(s: Any) -> None:
    made = s.api.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=s.file)
    s.job = made.id
    equal((made.object, made.model, made.training_file), ("fine_tuning.job", "gpt-4o-mini", s.file))
    assert made.status in {"validating_files", "queued"}, made.status
    equal((made.finished_at, made.fine_tuned_model), (None, None))


@step
def cancel_the_job(s: Any) -> None:
    equal(s.api.fine_tuning.jobs.cancel(s.job).status, "cancelled")
    equal(s.api.fine_tuning.jobs.retrieve(s.job).status, "cancelled")


@step
def page_through_jobs(s: Any) -> None:
    made = [
        s.api.fine_tuning.jobs.create(model="gpt-4o-mini", training_file=s.file).id for _number in range(3)
    ]
    each_once([each.id for each in s.api.fine_tuning.jobs.list(limit=2)], [s.job, *made])


@step
def upload_in_parts(s: Any) -> None:
    begun = s.api.uploads.create(
        bytes=len(LINES), filename="parts.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    equal((begun.filename, begun.bytes, begun.status), ("parts.jsonl", len(LINES), "pending"))
    part = s.api.uploads.parts.create(begun.id, data=LINES)
    equal((part.object, part.upload_id), ("upload.part", begun.id))
    ended = s.api.uploads.complete(begun.id, part_ids=[part.id])
    equal((ended.id, ended.status), (begun.id, "completed"))


@step
def complete_a_chat(s: Any) -> None:
    sent = [{"role": "user", "content": "Hello"}]
    made = s.api.chat.completions.create(model="gpt-4o-mini", messages=sent)
    equal((made.object, made.model), ("chat.completion", "gpt-4o-mini"))
    equal(made.choices[0].message.role, "assistant")
    assert isinstance(made.choices[0].message.content, str), made.choices[0].message


@step
def stream_a_chat(s: Any) -> None:
    sent = [{"role": "user", "content": "Hello"}]
    chunks = list(s.api.chat.completions.create(model="gpt-4o-mini", messages=sent, stream=True))
    equal({each.object for each in chunks}, {"chat.completion.chunk"})


@step
def retrieve_a_listed_model(s: Any) -> None:
    listed = list(s.api.models.list())
    assert listed, "no models"
    equal(s.api.models.retrieve(listed[0].id).id, listed[0].id)


@step
def a_missing_file_raises_not_found(s: Any) -> None:
    error = raises(openai.NotFoundError, lambda: s.api.files.retrieve("file-none"))
    assert error.body["message"], error.body


@step
def a_wrong_value_raises_bad_request(s: Any) -> None:
    sent = {"expires_after": {"anchor": "never", "days": 1}}
    error = raises(openai.BadRequestError, lambda: s.api.vector_stores.create(name="X", extra_body=sent))
    assert error.body["message"], error.body


@step
def without_a_key_it_raises_authentication_error(s: Any) -> None:
    without = {"Authorization": Omit()}
    raises(openai.AuthenticationError, lambda: s.api.files.retrieve(s.file, extra_headers=without))


@step
def delete_the_file(s: Any) -> None:
    gone = s.api.files.delete(s.file)
    equal((gone.id, gone.deleted), (s.file, True))
    raises(openai.NotFoundError, lambda: s.api.files.retrieve(s.file))
    assert s.file not in [each.id for each in s.api.files.list()], "it is still listed"


if __name__ == "__main__":
    # Without retries: each answer counts.
    step.run(SimpleNamespace(api=openai.OpenAI(api_key="any-token", base_url=base_url(), max_retries=0)))
