"""A session with Intercom's own Python library: python intercom_session.py BASE_URL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from intercom import (
    CreateArticleRequest,
    CreateContactRequestWithEmail,
    CreateContactRequestWithExternalId,
    CreateOrUpdateCompanyRequest,
    CreateOrUpdateTagRequest,
    Intercom,
    SingleFilterSearchRequest,
    UpdateCompanyRequestBody,
)
from intercom.core.api_error import ApiError
from intercom.errors import BadRequestError, NotFoundError, UnauthorizedError
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


@step
def who_am_i(s: Any) -> None:
    me = s.api.admins.identify()
    assert me is not None
    s.admin = me.id
    equal(me.type, "admin")
    assert "@" in me.email, me.email


@step
def create_a_contact(s: Any) -> None:
    made = s.api.contacts.create(
        request=CreateContactRequestWithEmail(email="ada@example.com", name="Ada", phone="+441234567890")
    )
    s.contact = made.id
    equal((made.type, made.email, made.name), ("contact", "ada@example.com", "Ada"))
    equal(made.phone, "+441234567890")


@step
def find_the_contact(s: Any) -> None:
    got = s.api.contacts.find(s.contact)
    equal((got.id, got.email, got.name), (s.contact, "ada@example.com", "Ada"))


@step
def update_its_name_alone(s: Any) -> None:
    changed = s.api.contacts.update(s.contact, name="Ada Lovelace")
    equal((changed.name, changed.email), ("Ada Lovelace", "ada@example.com"))
    equal(s.api.contacts.find(s.contact).name, "Ada Lovelace")


@step
def page_through_contacts(s: Any) -> None:
    s.contacts = [s.contact]
    for number in range(4):
        sent = CreateContactRequestWithExternalId(external_id=f"ext-{number}", name=f"Contact {number}")
        s.contacts.append(s.api.contacts.create(request=sent).id)
    each_once([each.id for each in s.api.contacts.list(per_page=2)], s.contacts)


@step
def find_a_contact_by_its_external_id(s: Any) -> None:
    got = s.api.contacts.show_contact_by_external_id("ext-2")
    equal((got.id, got.name), (s.contacts[3], "Contact 2"))


@step
def search_contacts(s: Any) -> None:
    query = SingleFilterSearchRequest(field="email", operator="=", value="ada@example.com")
    equal([each.id for each in s.api.contacts.search(query=query)], [s.contact])


@step
def create_a_company(s: Any) -> None:
    sent = CreateOrUpdateCompanyRequest(name="Analytical Engines", company_id="ae-1", size=12)
    made = s.api.companies.create_or_update(request=sent)
    s.company = made.id
    equal((made.type, made.name, made.company_id), ("company", "Analytical Engines", "ae-1"))
    equal(made.size, 12)


@step
def update_the_company(s: Any) -> None:
    changed = s.api.companies.update(s.company, request=UpdateCompanyRequestBody(name="Engines Ltd"))
    equal((changed.id, changed.name), (s.company, "Engines Ltd"))
    equal(s.api.companies.find(s.company).name, "Engines Ltd")


@step
def attach_the_contact_to_the_company(s: Any) -> None:
    equal(s.api.companies.attach_contact(s.contact, company_id=s.company).id, s.company)
    found = s.api.companies.list_attached_contacts(s.company)
    equal([each.id for each in found.data], [s.contact])


@step
def page_through_companies(s: Any) -> None:
    made = [s.company]
    for number in range(4):
        sent = CreateOrUpdateCompanyRequest(name=f"Company {number}", company_id=f"c-{number}")
        made.append(s.api.companies.create_or_update(request=sent).id)
    each_once([each.id for each in s.api.companies.list(per_page=2)], made)


@step
def create_a_tag(s: Any) -> None:
    made = s.api.tags.create(request=CreateOrUpdateTagRequest(name="Pioneer"))
    s.tag = made.id
    equal((made.type, made.name), ("tag", "Pioneer"))
    equal(s.api.tags.find(s.tag).name, "Pioneer")
    assert s.tag in [each.id for each in s.api.tags.list().data], "it is not listed"


@step
def tag_the_contact(s: Any) -> None:
    equal(s.api.tags.tag_contact(s.contact, tag_id=s.tag).id, s.tag)
    equal([each.id for each in s.api.contacts.list_attached_tags(s.contact).data], [s.tag])
    other = [each.id for each in s.api.contacts.list_attached_tags(s.contacts[1]).data]
    assert s.tag not in other, "another contact has it too"


@step
def untag_the_contact(s: Any) -> None:
    equal(s.api.tags.untag_contact(s.contact, s.tag).id, s.tag)
    equal([each.id for each in s.api.contacts.list_attached_tags(s.contact).data], [])


@step
def add_a_note(s: Any) -> None:
    made = s.api.notes.create(s.contact, body="Called back.", admin_id=s.admin)
    s.note = made.id
    equal(made.type, "note")
    assert "Called back." in made.body, made.body
    equal([each.id for each in s.api.notes.list(s.contact)], [s.note])


@step
def write_an_article(s: Any) -> None:
    sent = CreateArticleRequest(title="Begin", body="<p>Hello</p>", author_id=int(s.admin), state="draft")
    made = s.api.articles.create(request=sent)
    s.article = made.id
    equal((made.title, made.body, made.state), ("Begin", "<p>Hello</p>", "draft"))
    equal(made.author_id, int(s.admin))


@step
def publish_the_article(s: Any) -> None:
    changed = s.api.articles.update(int(s.article), state="published")
    equal((changed.state, changed.title), ("published", "Begin"))
    equal(s.api.articles.find(int(s.article)).state, "published")


@step
def delete_the_article(s: Any) -> None:
    gone = s.api.articles.delete(int(s.article))
    equal((gone.id, gone.deleted), (s.article, True))
    raises(NotFoundError, lambda: s.api.articles.find(int(s.article)))
    assert s.article not in [each.id for each in s.api.articles.list()], "it is still listed"


@step
def a_missing_contact_is_refused(s: Any) -> None:
    # The document names no 404 here, so the library has no class of its own for it.
    error = raises(ApiError, lambda: s.api.contacts.find("0123456789abcdef01234567"))
    equal((error.status_code, error.body["type"]), (404, "error.list"))
    assert error.body["errors"][0]["code"], error.body


@step
def a_wrong_value_raises_bad_request(s: Any) -> None:
    sent = CreateArticleRequest(title="X", author_id=1, state="unknown")
    error = raises(BadRequestError, lambda: s.api.articles.create(request=sent))
    equal(error.body["type"], "error.list")


@step
def with_another_token_it_raises_unauthorized(s: Any) -> None:
    another = Intercom(token="another-token", base_url=base_url())
    raises(UnauthorizedError, lambda: another.contacts.find(s.contact))


@step
def delete_the_contact(s: Any) -> None:
    gone = s.api.contacts.delete(s.contact)
    equal((gone.id, gone.deleted), (s.contact, True))
    equal(raises(ApiError, lambda: s.api.contacts.find(s.contact)).status_code, 404)
    assert s.contact not in [each.id for each in s.api.contacts.list()], "it is still listed"


if __name__ == "__main__":
    step.run(SimpleNamespace(api=Intercom(token="any-token", base_url=base_url())))
