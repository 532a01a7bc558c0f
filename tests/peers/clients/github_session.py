"""A session with PyGithub, the usual Python library for GitHub: python github_session.py BASE_URL."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from github import Auth, Github, GithubException, UnknownObjectException
from github.InputFileContent import InputFileContent
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


@step
def read_me(s: Any) -> None:
    s.login = s.github.get_user().login
    assert s.login, "no login"


@step
def create_a_repository(s: Any) -> None:
    made = s.github.get_user().create_repo("site", description="All of it", private=True)
    equal((made.name, made.description, made.private), ("site", "All of it", True))
    equal(made.full_name, f"{made.owner.login}/site")
    s.name = made.full_name


@step
def get_the_repository(s: Any) -> None:
    s.repo = s.github.get_repo(s.name)
    equal((s.repo.full_name, s.repo.description), (s.name, "All of it"))


@step
def edit_the_repository(s: Any) -> None:
    s.repo.edit(description="Half of it")
    equal((s.repo.name, s.repo.description), ("site", "Half of it"))
    equal(s.github.get_repo(s.name).description, "Half of it")


@step
def open_an_issue(s: Any) -> None:
    made = s.repo.create_issue("It fails", body="Always")
    s.issue = made.number
    equal((made.title, made.body, made.state), ("It fails", "Always", "open"))
    got = s.repo.get_issue(s.issue)
    equal((got.number, got.title), (s.issue, "It fails"))


@step
def page_through_issues(s: Any) -> None:
    made = [s.repo.create_issue(f"Issue {number}").number for number in range(5)]
    found = [each.number for each in s.repo.get_issues()]
    each_once(found, [s.issue, *made])
    equal(len(found), 6)


@step
def close_the_issue(s: Any) -> None:
    issue = s.repo.get_issue(s.issue)
    issue.edit(state="closed")
    equal(issue.state, "closed")
    equal([each.number for each in s.repo.get_issues(state="closed")], [s.issue])
    assert s.issue not in [each.number for each in s.repo.get_issues(state="open")], "a closed one is open"


@step
def comment_on_the_issue(s: Any) -> None:
    issue = s.repo.get_issue(s.issue)
    made = issue.create_comment("I see")
    equal(made.body, "I see")
    equal([(each.id, each.body) for each in issue.get_comments()], [(made.id, "I see")])
    made.edit("I saw")
    equal(issue.get_comment(made.id).body, "I saw")
    made.delete()
    equal([each.id for each in issue.get_comments()], [])


@step
def label_the_issue(s: Any) -> None:
    made = s.repo.create_label("bug", "f29513", description="Broken")
    equal((made.name, made.color, made.description), ("bug", "f29513", "Broken"))
    equal(s.repo.get_label("bug").color, "f29513")
    issue = s.repo.get_issue(s.issue)
    issue.add_to_labels("bug")
    equal([each.name for each in s.repo.get_issue(s.issue).labels], ["bug"])
    equal([each.number for each in s.repo.get_issues(state="all", labels=["bug"])], [s.issue])


@step
def set_a_milestone(s: Any) -> None:
    made = s.repo.create_milestone("v1", description="The first")
    equal((made.title, made.state, made.description), ("v1", "open", "The first"))
    made.edit("v1", state="closed")
    equal(s.repo.get_milestone(made.number).state, "closed")


@step
def put_a_file_into_the_repository(s: Any) -> None:
    made = s.repo.create_file("notes.txt", "Add notes", "hello github")
    equal((made["content"].path, made["commit"].raw_data["message"]), ("notes.txt", "Add notes"))
    equal(s.repo.get_contents("notes.txt").decoded_content, b"hello github")


@step
def release_with_an_asset(s: Any) -> None:
    release = s.repo.create_git_release("v1.0", "One", "The first one")
    equal((release.tag_name, release.name, release.body), ("v1.0", "One", "The first one"))
    equal(s.repo.get_release(release.id).tag_name, "v1.0")
    asset = release.upload_asset_from_memory(io.BytesIO(b"hello github"), 12, "notes.txt", "text/plain")
    equal((asset.name, asset.size, asset.content_type), ("notes.txt", 12, "text/plain"))
    equal([each.name for each in release.get_assets()], ["notes.txt"])


@step
def add_a_deploy_key(s: Any) -> None:
    made = s.repo.create_key("laptop", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI example", read_only=True)
    equal((made.title, made.read_only), ("laptop", True))
    equal([each.id for each in s.repo.get_keys()], [made.id])
    made.delete()
    raises(UnknownObjectException, lambda: s.repo.get_key(made.id))


@step
def hook_into_the_repository(s: Any) -> None:
    sent = {"url": "https://example.org/hook", "content_type": "json"}
    made = s.repo.create_hook("web", sent, ["push"], active=True)
    equal((made.events, made.active, made.config["url"]), (["push"], True, "https://example.org/hook"))
    equal([each.id for each in s.repo.get_hooks()], [made.id])


@step
def keep_a_variable(s: Any) -> None:
    s.repo.create_variable("COLOR", "red")
    variable = s.repo.get_variable("COLOR")
    equal((variable.name, variable.value), ("COLOR", "red"))
    variable.edit("blue")
    equal(s.repo.get_variable("COLOR").value, "blue")
    variable.delete()
    raises(UnknownObjectException, lambda: s.repo.get_variable("COLOR"))


@step
def write_a_gist(s: Any) -> None:
    made = s.github.get_user().create_gist(True, {"a.txt": InputFileContent("one")}, "Notes")
    equal((made.description, made.public, made.files["a.txt"].content), ("Notes", True, "one"))
    equal(s.github.get_gist(made.id).files["a.txt"].content, "one")
    made.edit("More notes")
    equal(s.github.get_gist(made.id).description, "More notes")


@step
def issues_of_another_repository_are_others(s: Any) -> None:
    other = s.github.get_user().create_repo("other")
    number = other.create_issue("Elsewhere").number
    equal([each.title for each in other.get_issues()], ["Elsewhere"])
    assert number not in [each.number for each in s.repo.get_issues() if each.title == "Elsewhere"]


@step
def a_missing_issue_is_a_typed_error(s: Any) -> None:
    error = raises(UnknownObjectException, lambda: s.repo.get_issue(999999))
    equal(error.status, 404)


@step
def an_issue_without_a_title_is_refused(s: Any) -> None:
    def create() -> Any:
        return s.repo.requester.requestJsonAndCheck("POST", f"/repos/{s.name}/issues", input={"body": "x"})

    error = raises(GithubException, create)
    equal(error.status, 422)


@step
def delete_the_repository(s: Any) -> None:
    s.repo.delete()
    raises(UnknownObjectException, lambda: s.github.get_repo(s.name))
    found = [each.full_name for each in s.github.get_user().get_repos()]
    assert s.name not in found, "a deleted repository is listed"


if __name__ == "__main__":
    step.run(
        SimpleNamespace(
            github=Github(
                base_url=base_url(),
                auth=Auth.Token("any-token"),
                retry=None,
                per_page=2,
                seconds_between_requests=None,
                seconds_between_writes=None,
            )
        )
    )
