"""A session with Twilio's own Python library, its product Verify: python twilio_session.py BASE_URL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from steps import Steps, base_url, each_once, equal, raises
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

step = Steps()


@step
def create_a_service(s: Any) -> None:
    made = s.v2.services.create(friendly_name="Orders", code_length=6)
    s.service = made.sid
    equal((made.friendly_name, made.code_length), ("Orders", 6))
    assert made.sid.startswith("VA"), made.sid


@step
def fetch_it(s: Any) -> None:
    got = s.v2.services(s.service).fetch()
    equal((got.sid, got.friendly_name), (s.service, "Orders"))


@step
def update_its_name_alone(s: Any) -> None:
    changed = s.v2.services(s.service).update(friendly_name="Orders 2")
    equal((changed.friendly_name, changed.code_length), ("Orders 2", 6))


@step
def page_through_services(s: Any) -> None:
    made = [s.v2.services.create(friendly_name=f"n{number}").sid for number in range(4)]
    s.other = made[0]
    each_once([each.sid for each in s.v2.services.stream(page_size=2)], [s.service, *made])


@step
def create_a_rate_limit(s: Any) -> None:
    made = s.v2.services(s.service).rate_limits.create(unique_name="by_ip", description="Per address")
    s.limit = made.sid
    equal((made.unique_name, made.description, made.service_sid), ("by_ip", "Per address", s.service))


@step
def rate_limits_belong_to_their_service(s: Any) -> None:
    equal([each.sid for each in s.v2.services(s.service).rate_limits.list()], [s.limit])
    equal([each.sid for each in s.v2.services(s.other).rate_limits.list()], [])


@step
def create_a_bucket(s: Any) -> None:
    made = s.v2.services(s.service).rate_limits(s.limit).buckets.create(max=4, interval=60)
    s.bucket = made.sid
    equal((made.max, made.interval, made.rate_limit_sid, made.service_sid), (4, 60, s.limit, s.service))


@step
def update_the_bucket(s: Any) -> None:
    bucket = s.v2.services(s.service).rate_limits(s.limit).buckets(s.bucket)
    changed = bucket.update(max=5)
    equal((changed.max, changed.interval), (5, 60))
    equal(bucket.fetch().max, 5)


@step
def delete_the_bucket(s: Any) -> None:
    bucket = s.v2.services(s.service).rate_limits(s.limit).buckets(s.bucket)
    equal(bucket.delete(), True)
    equal(raises(TwilioRestException, bucket.fetch).status, 404)


@step
def start_a_verification(s: Any) -> None:
    made = s.v2.services(s.service).verifications.create(to="+15017122661", channel="sms")
    s.verification = made.sid
    equal((made.to, made.channel, made.status, made.valid), ("+15017122661", "sms", "pending", False))
    equal(made.service_sid, s.service)


@step
def fetch_the_verification(s: Any) -> None:
    got = s.v2.services(s.service).verifications(s.verification).fetch()
    equal((got.sid, got.to), (s.verification, "+15017122661"))


@step
def cancel_the_verification(s: Any) -> None:
    changed = s.v2.services(s.service).verifications(s.verification).update(status="canceled")
    equal((changed.status, changed.to), ("canceled", "+15017122661"))


@step
def create_an_entity(s: Any) -> None:
    made = s.v2.services(s.service).entities.create(identity="customer-0001")
    equal((made.identity, made.service_sid), ("customer-0001", s.service))
    equal(s.v2.services(s.service).entities("customer-0001").fetch().sid, made.sid)


@step
def entities_are_listed(s: Any) -> None:
    equal([each.identity for each in s.v2.services(s.service).entities.list()], ["customer-0001"])


@step
def create_a_webhook(s: Any) -> None:
    made = s.v2.services(s.service).webhooks.create(
        friendly_name="hook",
        event_types=["factor.created", "factor.verified"],
        webhook_url="https://example.org/hook",
    )
    s.webhook = made.sid
    equal((made.friendly_name, made.webhook_url), ("hook", "https://example.org/hook"))
    equal(made.event_types, ["factor.created", "factor.verified"])


@step
def put_a_number_on_the_safe_list(s: Any) -> None:
    made = s.v2.safelist.create(phone_number="+15017122662")
    equal(made.phone_number, "+15017122662")
    got = s.v2.safelist("+15017122662").fetch()
    equal((got.sid, got.phone_number), (made.sid, "+15017122662"))
    equal(s.v2.safelist("+15017122662").delete(), True)
    equal(raises(TwilioRestException, s.v2.safelist("+15017122662").fetch).status, 404)


@step
def configure_messaging_for_a_country(s: Any) -> None:
    configurations = s.v2.services(s.service).messaging_configurations
    made = configurations.create(country="CA", messaging_service_sid="MG" + "a" * 32)
    equal((made.country, made.messaging_service_sid), ("CA", "MG" + "a" * 32))
    equal(configurations("CA").fetch().messaging_service_sid, "MG" + "a" * 32)


@step
def a_missing_service_is_a_typed_error(s: Any) -> None:
    error = raises(TwilioRestException, lambda: s.v2.services("VA" + "0" * 32).fetch())
    equal(error.status, 404)


@step
def delete_the_service(s: Any) -> None:
    equal(s.v2.services(s.service).delete(), True)
    equal(raises(TwilioRestException, lambda: s.v2.services(s.service).fetch()).status, 404)
    assert s.service not in [each.sid for each in s.v2.services.stream()], "a deleted service is listed"


if __name__ == "__main__":
    client = Client("any-user", "any-password")
    client.verify.base_url = base_url()
    step.run(SimpleNamespace(v2=client.verify.v2))
