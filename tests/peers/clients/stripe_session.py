"""A session with Stripe's own Python library: python stripe_session.py BASE_URL."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import stripe
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


@step
def create_a_tax_id(s: Any) -> None:
    made = s.api.customers.tax_ids.create("cus_1", {"type": "eu_vat", "value": "DE123456789"})
    s.tax_id = made.id
    equal((made.object, made.type, made.value, made.customer), ("tax_id", "eu_vat", "DE123456789", "cus_1"))


@step
def retrieve_the_tax_id(s: Any) -> None:
    got = s.api.customers.tax_ids.retrieve("cus_1", s.tax_id)
    equal((got.id, got.value), (s.tax_id, "DE123456789"))


@step
def tax_ids_belong_to_their_customer(s: Any) -> None:
    equal([each.id for each in s.api.customers.tax_ids.list("cus_1").data], [s.tax_id])
    other = [each.id for each in s.api.customers.tax_ids.list("cus_2").data]
    assert s.tax_id not in other, "another customer has it too"


@step
def create_a_feature(s: Any) -> None:
    made = s.api.entitlements.features.create(
        {"lookup_key": "reports", "name": "Reports", "metadata": {"team": "red", "level": "3"}}
    )
    s.feature = made.id
    equal((made.object, made.lookup_key, made.name), ("entitlements.feature", "reports", "Reports"))
    equal((made.active, dict(made.metadata.to_dict())), (True, {"team": "red", "level": "3"}))


@step
def update_its_name_alone(s: Any) -> None:
    changed = s.api.entitlements.features.update(s.feature, {"name": "All reports"})
    equal((changed.name, changed.lookup_key), ("All reports", "reports"))


@step
def metadata_merges_by_key(s: Any) -> None:
    changed = s.api.entitlements.features.update(s.feature, {"metadata": {"level": "4", "new": "yes"}})
    equal(dict(changed.metadata.to_dict()), {"team": "red", "level": "4", "new": "yes"})


@step
def an_empty_value_removes_metadata(s: Any) -> None:
    changed = s.api.entitlements.features.update(s.feature, {"metadata": {"team": ""}})
    equal(dict(changed.metadata.to_dict()), {"level": "4", "new": "yes"})


@step
def page_through_features(s: Any) -> None:
    made = []
    for number in range(4):
        sent = {"lookup_key": f"key-{number}", "name": f"Feature {number}"}
        made.append(s.api.entitlements.features.create(sent).id)
    found = [each.id for each in s.api.entitlements.features.list({"limit": 2}).auto_paging_iter()]
    each_once(found, [s.feature, *made])


@step
def filter_features_by_lookup_key(s: Any) -> None:
    found = s.api.entitlements.features.list({"lookup_key": "key-2"}).data
    equal([each.name for each in found], ["Feature 2"])


@step
def create_an_invoice_item(s: Any) -> None:
    made = s.api.invoice_items.create(
        {"customer": "cus_1", "amount": 1250, "currency": "eur", "description": "Lamp"}
    )
    s.item = made.id
    equal((made.amount, made.currency, made.customer), (1250, "eur", "cus_1"))
    equal(made.description, "Lamp")


@step
def change_the_invoice_item(s: Any) -> None:
    s.api.invoice_items.update(s.item, {"amount": 1300})
    got = s.api.invoice_items.retrieve(s.item)
    equal((got.amount, got.description), (1300, "Lamp"))


@step
def list_invoice_items_of_a_customer(s: Any) -> None:
    equal([each.id for each in s.api.invoice_items.list({"customer": "cus_1"}).data], [s.item])


@step
def create_an_invoice(s: Any) -> None:
    made = s.api.invoices.create({"customer": "cus_1", "auto_advance": False, "description": "May"})
    s.invoice = made.id
    equal((made.object, made.customer, made.description), ("invoice", "cus_1", "May"))
    equal((made.auto_advance, made.status), (False, "draft"))


@step
def list_invoices_of_a_customer(s: Any) -> None:
    equal([each.id for each in s.api.invoices.list({"customer": "cus_1"}).data], [s.invoice])


@step
def upload_a_file(s: Any) -> None:
    content = io.BytesIO(b"a small receipt")
    content.name = "receipt.txt"
    made = s.api.files.create({"purpose": "dispute_evidence", "file": content})
    s.file = made.id
    equal((made.object, made.purpose), ("file", "dispute_evidence"))
    equal((made.filename, made.size), ("receipt.txt", 15))


@step
def link_the_file(s: Any) -> None:
    made = s.api.file_links.create({"file": s.file})
    s.link = made.id
    equal((made.object, made.file, made.expired), ("file_link", s.file, False))


@step
def expand_the_file_of_the_link(s: Any) -> None:
    got = s.api.file_links.retrieve(s.link, {"expand": ["file"]})
    equal((got.file.id, got.file.purpose), (s.file, "dispute_evidence"))


@step
def cancel_a_verification_session(s: Any) -> None:
    made = s.api.identity.verification_sessions.create({"type": "document", "metadata": {"order": "7"}})
    equal((made.type, made.status), ("document", "requires_input"))
    equal(s.api.identity.verification_sessions.cancel(made.id).status, "canceled")
    equal(s.api.identity.verification_sessions.retrieve(made.id).status, "canceled")


@step
def repeat_with_an_idempotency_key(s: Any) -> None:
    sent = {"lookup_key": "once", "name": "Once"}
    options = {"idempotency_key": "key-1"}
    made = [s.api.entitlements.features.create(sent, options).id for _ in range(2)]
    equal(made[0], made[1])


@step
def a_missing_invoice_is_a_typed_error(s: Any) -> None:
    error = raises(stripe.InvalidRequestError, lambda: s.api.invoices.retrieve("in_missing"))
    equal(error.http_status, 404)
    assert error.user_message, "no message"


@step
def a_missing_parameter_is_named(s: Any) -> None:
    error = raises(stripe.InvalidRequestError, lambda: s.api.credit_notes.create({}))
    equal((error.http_status, error.param), (400, "invoice"))


@step
def delete_the_tax_id(s: Any) -> None:
    gone = s.api.customers.tax_ids.delete("cus_1", s.tax_id)
    equal((gone.id, gone.deleted), (s.tax_id, True))
    equal([each.id for each in s.api.customers.tax_ids.list("cus_1").data], [])


@step
def delete_the_invoice(s: Any) -> None:
    gone = s.api.invoices.delete(s.invoice)
    equal((gone.id, gone.deleted), (s.invoice, True))
    error = raises(stripe.InvalidRequestError, lambda: s.api.invoices.retrieve(s.invoice))
    equal(error.http_status, 404)


if __name__ == "__main__":
    parts = urlsplit(base_url())
    address = f"{parts.scheme}://{parts.netloc}"
    client = stripe.StripeClient(
        "any-token", base_addresses={"api": address, "files": address}, max_network_retries=0
    )
    step.run(SimpleNamespace(api=client.v1))
