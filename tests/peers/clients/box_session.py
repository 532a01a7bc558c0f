"""A session with Box's own Python library: python box_session.py BASE_URL."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from box_sdk_gen import BaseUrls, BoxAPIError, BoxClient, BoxDeveloperTokenAuth, NetworkSession
from box_sdk_gen.managers.comments import CreateCommentItem, CreateCommentItemTypeField
from box_sdk_gen.managers.files import CopyFileParent
from box_sdk_gen.managers.folders import CreateFolderParent
from box_sdk_gen.managers.memberships import CreateGroupMembershipGroup, CreateGroupMembershipUser
from box_sdk_gen.managers.tasks import CreateTaskItem
from box_sdk_gen.managers.uploads import UploadFileAttributes, UploadFileAttributesParentField
from box_sdk_gen.managers.user_collaborations import (
    CreateCollaborationAccessibleBy,
    CreateCollaborationAccessibleByTypeField,
    CreateCollaborationItem,
    CreateCollaborationItemTypeField,
    CreateCollaborationRole,
)
from box_sdk_gen.managers.webhooks import (
    CreateWebhookTarget,
    CreateWebhookTargetTypeField,
    CreateWebhookTriggers,
)
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


@step
def create_a_folder(s: Any) -> None:
    made = s.box.folders.create_folder("Reports", CreateFolderParent(id="0"))
    s.folder = made.id
    equal((made.name, made.type.value, made.parent.id), ("Reports", "folder", "0"))


@step
def get_the_folder(s: Any) -> None:
    got = s.box.folders.get_folder_by_id(s.folder)
    equal((got.id, got.name), (s.folder, "Reports"))


@step
def rename_the_folder(s: Any) -> None:
    changed = s.box.folders.update_folder_by_id(s.folder, name="Reports 2")
    equal((changed.name, changed.parent.id), ("Reports 2", "0"))


@step
def a_folder_in_the_folder_is_its_item(s: Any) -> None:
    made = s.box.folders.create_folder("2026", CreateFolderParent(id=s.folder))
    s.inner = made.id
    equal(made.parent.id, s.folder)
    found = s.box.folders.get_folder_items(s.folder).entries
    equal([(each.id, each.name) for each in found], [(s.inner, "2026")])


@step
def upload_a_file(s: Any) -> None:
    parent = UploadFileAttributesParentField(id=s.folder)
    attributes = UploadFileAttributes(name="notes.txt", parent=parent)
    made = s.box.uploads.upload_file(attributes, io.BytesIO(b"hello box")).entries[0]
    s.file = made.id
    equal((made.name, made.size, made.parent.id), ("notes.txt", 9, s.folder))


@step
def get_the_file(s: Any) -> None:
    got = s.box.files.get_file_by_id(s.file)
    equal((got.id, got.name, got.size), (s.file, "notes.txt", 9))


@step
def download_the_file(s: Any) -> None:
    equal(s.box.downloads.download_file(s.file).read(), b"hello box")


@step
def rename_the_file(s: Any) -> None:
    changed = s.box.files.update_file_by_id(s.file, name="notes-2.txt")
    equal((changed.name, changed.size), ("notes-2.txt", 9))


@step
def copy_the_file(s: Any) -> None:
    made = s.box.files.copy_file(s.file, CopyFileParent(id=s.inner), name="copy.txt")
    assert made.id != s.file, "the copy has the id of its original"
    equal((made.name, made.parent.id), ("copy.txt", s.inner))


@step
def comment_on_the_file(s: Any) -> None:
    item = CreateCommentItem(id=s.file, type=CreateCommentItemTypeField.FILE)
    made = s.box.comments.create_comment("Well done", item)
    s.comment = made.id
    equal((made.message, made.item.id), ("Well done", s.file))
    equal([each.id for each in s.box.comments.get_file_comments(s.file).entries], [s.comment])


@step
def change_and_delete_the_comment(s: Any) -> None:
    equal(s.box.comments.update_comment_by_id(s.comment, message="Fine").message, "Fine")
    s.box.comments.delete_comment_by_id(s.comment)
    error = raises(BoxAPIError, lambda: s.box.comments.get_comment_by_id(s.comment))
    equal(error.response_info.status_code, 404)


@step
def create_a_user(s: Any) -> None:
    made = s.box.users.create_user("Ada", login="ada@example.org")
    s.user = made.id
    equal((made.name, made.login, made.type.value), ("Ada", "ada@example.org", "user"))


@step
def find_the_user_by_a_term(s: Any) -> None:
    found = s.box.users.get_users(filter_term="ada@example.org").entries
    equal([each.id for each in found], [s.user])


@step
def page_through_users(s: Any) -> None:
    made = [s.box.users.create_user(f"U{number}", login=f"u{number}@example.org").id for number in range(4)]
    found: list[str] = []
    while True:
        answer = s.box.users.get_users(limit=2, offset=len(found))
        found += [each.id for each in answer.entries]
        if not answer.entries or len(found) >= answer.total_count:
            break
    each_once(found, [s.user, *made])


@step
def share_the_folder(s: Any) -> None:
    made = s.box.user_collaborations.create_collaboration(
        CreateCollaborationItem(id=s.folder, type=CreateCollaborationItemTypeField.FOLDER),
        CreateCollaborationAccessibleBy(id=s.user, type=CreateCollaborationAccessibleByTypeField.USER),
        CreateCollaborationRole.EDITOR,
    )
    equal((made.role.value, made.item.id, made.accessible_by.id), ("editor", s.folder, s.user))


@step
def put_the_user_into_a_group(s: Any) -> None:
    group = s.box.groups.create_group("Writers")
    equal(group.name, "Writers")
    made = s.box.memberships.create_group_membership(
        CreateGroupMembershipUser(id=s.user), CreateGroupMembershipGroup(id=group.id)
    )
    equal((made.user.id, made.group.id), (s.user, group.id))
    members = s.box.memberships.get_group_memberships(group.id).entries
    equal([each.user.id for each in members], [s.user])


@step
def create_a_webhook(s: Any) -> None:
    made = s.box.webhooks.create_webhook(
        CreateWebhookTarget(id=s.folder, type=CreateWebhookTargetTypeField.FOLDER),
        "https://example.org/hook",
        [CreateWebhookTriggers.FILE_UPLOADED],
    )
    equal((made.address, made.target.id), ("https://example.org/hook", s.folder))
    equal([getattr(each, "value", each) for each in made.triggers], ["FILE.UPLOADED"])


@step
def create_a_task(s: Any) -> None:
    made = s.box.tasks.create_task(CreateTaskItem(id=s.file), message="Read this")
    equal((made.message, made.item.id, made.is_completed), ("Read this", s.file, False))


@step
def a_missing_folder_is_a_typed_error(s: Any) -> None:
    error = raises(BoxAPIError, lambda: s.box.folders.get_folder_by_id("999999999999"))
    equal((error.response_info.status_code, error.response_info.code), (404, "not_found"))


@step
def delete_the_folder(s: Any) -> None:
    s.box.folders.delete_folder_by_id(s.inner, recursive=True)
    error = raises(BoxAPIError, lambda: s.box.folders.get_folder_by_id(s.inner))
    equal(error.response_info.status_code, 404)
    found = s.box.folders.get_folder_items(s.folder).entries
    assert s.inner not in [each.id for each in found], "a deleted folder is listed"


if __name__ == "__main__":
    address = base_url().removesuffix("/2.0")
    network = NetworkSession(base_urls=BaseUrls(base_url=address, upload_url=address, oauth_2_url=address))
    box = BoxClient(auth=BoxDeveloperTokenAuth(token="any-token"), network_session=network)
    step.run(SimpleNamespace(box=box))
