"""A session with Asana's own Python library: python asana_session.py BASE_URL."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asana
from asana.rest import ApiException
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


def body(**members: Any) -> dict[str, Any]:
    """The members of a record in the envelope that every request has."""
    return {"data": members}


@step
def read_me(s: Any) -> None:
    me = s.users.get_user("me", {})
    s.me = me["gid"]
    equal(me["resource_type"], "user")
    assert "@" in s.users.get_user(s.me, {"opt_fields": "email,name"})["email"], "no email"


@step
def choose_a_workspace(s: Any) -> None:
    workspaces = list(s.workspaces.get_workspaces({}))
    assert workspaces, "no workspace"
    s.workspace = workspaces[0]["gid"]
    equal(s.workspaces.get_workspace(s.workspace, {})["gid"], s.workspace)


@step
def create_a_project(s: Any) -> None:
    sent = {"name": "Launch", "notes": "All of it", "color": "light-green", "workspace": s.workspace}
    made = s.projects.create_project(body(**sent), {})
    s.project = made["gid"]
    equal((made["name"], made["notes"], made["color"]), ("Launch", "All of it", "light-green"))
    equal((made["workspace"]["gid"], made["archived"]), (s.workspace, False))


@step
def update_the_project(s: Any) -> None:
    changed = s.projects.update_project(body(archived=True), s.project, {})
    equal((changed["archived"], changed["name"]), (True, "Launch"))
    equal(s.projects.get_project(s.project, {})["archived"], True)


@step
def the_project_is_listed_in_its_workspace(s: Any) -> None:
    found = [each["gid"] for each in s.projects.get_projects_for_workspace(s.workspace, {})]
    assert s.project in found, found


@step
def add_sections(s: Any) -> None:
    made = s.sections.create_section_for_project(s.project, {"body": body(name="Doing")})
    s.section = made["gid"]
    equal((made["name"], made["project"]["gid"]), ("Doing", s.project))
    found = list(s.sections.get_sections_for_project(s.project, {}))
    equal([(each["gid"], each["name"]) for each in found], [(s.section, "Doing")])


@step
def create_a_task(s: Any) -> None:
    sent = {"name": "Write", "notes": "A page", "projects": [s.project], "workspace": s.workspace}
    made = s.tasks.create_task(body(**sent, due_on="2026-12-24"), {})
    s.task = made["gid"]
    equal((made["name"], made["notes"], made["due_on"]), ("Write", "A page", "2026-12-24"))
    equal((made["completed"], [each["gid"] for each in made["projects"]]), (False, [s.project]))
    equal(made["workspace"]["gid"], s.workspace)


@step
def get_the_task_with_some_fields(s: Any) -> None:
    got = s.tasks.get_task(s.task, {"opt_fields": "name,due_on"})
    equal((got["gid"], got["name"], got["due_on"]), (s.task, "Write", "2026-12-24"))
    assert "notes" not in got, "a field that was not asked for"


@step
def complete_the_task(s: Any) -> None:
    changed = s.tasks.update_task(body(completed=True), s.task, {})
    equal((changed["completed"], changed["name"]), (True, "Write"))


@step
def page_through_tasks_of_the_project(s: Any) -> None:
    made = [
        s.tasks.create_task(body(name=f"T{number}", projects=[s.project]), {})["gid"] for number in range(5)
    ]
    found = [each["gid"] for each in s.tasks.get_tasks_for_project(s.project, {"limit": 2})]
    each_once(found, [s.task, *made])
    equal(len(found), 6)


@step
def filter_tasks_by_project(s: Any) -> None:
    other = s.projects.create_project(body(name="Other", workspace=s.workspace), {})["gid"]
    task = s.tasks.create_task(body(name="Elsewhere", projects=[other]), {})["gid"]
    equal([each["gid"] for each in s.tasks.get_tasks({"project": other})], [task])


@step
def add_a_subtask(s: Any) -> None:
    made = s.tasks.create_subtask_for_task(body(name="Draft"), s.task, {})
    equal((made["name"], made["parent"]["gid"]), ("Draft", s.task))
    found = [each["gid"] for each in s.tasks.get_subtasks_for_task(s.task, {})]
    equal(found, [made["gid"]])


@step
def tag_the_task(s: Any) -> None:
    tag = s.tags.create_tag(body(name="urgent", workspace=s.workspace), {})
    equal(tag["name"], "urgent")
    s.tasks.add_tag_for_task(body(tag=tag["gid"]), s.task)
    equal([each["gid"] for each in s.tags.get_tags_for_task(s.task, {})], [tag["gid"]])
    equal([each["gid"] for each in s.tasks.get_tasks_for_tag(tag["gid"], {})], [s.task])


@step
def comment_on_the_task(s: Any) -> None:
    made = s.stories.create_story_for_task(body(text="Well done"), s.task, {})
    equal((made["text"], made["target"]["gid"]), ("Well done", s.task))
    found = [(each["gid"], each["text"]) for each in s.stories.get_stories_for_task(s.task, {})]
    equal(found, [(made["gid"], "Well done")])
    equal(s.stories.update_story(body(text="Fine"), made["gid"], {})["text"], "Fine")


@step
def attach_a_file(s: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notes.txt")
        path.write_bytes(b"hello asana")
        made = s.attachments.create_attachment_for_object({"file": str(path), "parent": s.task})
    equal((made["name"], made["parent"]["gid"]), ("notes.txt", s.task))
    equal(s.attachments.get_attachment(made["gid"], {})["size"], 11)
    found = [each["gid"] for each in s.attachments.get_attachments_for_object(s.task, {})]
    equal(found, [made["gid"]])


@step
def move_the_task_to_the_section(s: Any) -> None:
    s.sections.add_task_for_section(s.section, {"body": body(task=s.task)})
    equal([each["gid"] for each in s.tasks.get_tasks_for_section(s.section, {})], [s.task])


@step
def hook_into_the_project(s: Any) -> None:
    made = s.webhooks.create_webhook(body(resource=s.project, target="https://example.org/hook"), {})
    equal((made["resource"]["gid"], made["target"]), (s.project, "https://example.org/hook"))
    found = [each["gid"] for each in s.webhooks.get_webhooks(s.workspace, {"resource": s.project})]
    equal(found, [made["gid"]])
    s.webhooks.delete_webhook(made["gid"])
    equal(raises(ApiException, lambda: s.webhooks.get_webhook(made["gid"], {})).status, 404)


@step
def a_missing_task_is_a_typed_error(s: Any) -> None:
    error = raises(ApiException, lambda: s.tasks.get_task("999999999999", {}))
    equal(error.status, 404)
    assert b"errors" in error.body, error.body


@step
def a_wrong_color_is_refused(s: Any) -> None:
    error = raises(ApiException, lambda: s.projects.create_project(body(name="X", color="loud"), {}))
    equal(error.status, 400)


@step
def delete_the_task(s: Any) -> None:
    s.tasks.delete_task(s.task)
    equal(raises(ApiException, lambda: s.tasks.get_task(s.task, {})).status, 404)
    found = [each["gid"] for each in s.tasks.get_tasks_for_project(s.project, {})]
    assert s.task not in found, "a deleted task is listed"


if __name__ == "__main__":
    configuration = asana.Configuration()
    configuration.host = base_url()
    configuration.access_token = "any-token"
    configuration.retry_strategy = configuration.retry_strategy.new(total=0)
    client = asana.ApiClient(configuration)
    step.run(
        SimpleNamespace(
            users=asana.UsersApi(client),
            workspaces=asana.WorkspacesApi(client),
            projects=asana.ProjectsApi(client),
            sections=asana.SectionsApi(client),
            tasks=asana.TasksApi(client),
            tags=asana.TagsApi(client),
            stories=asana.StoriesApi(client),
            attachments=asana.AttachmentsApi(client),
            webhooks=asana.WebhooksApi(client),
        )
    )
