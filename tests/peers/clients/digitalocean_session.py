"""A session with DigitalOcean's own Python library: python digitalocean_session.py BASE_URL."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import _authentication
from pydo import Client
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


def missing(answer: Any) -> None:
    """Assert that the library returned the declared error for 404: it raises only undeclared ones."""
    equal(answer["id"], "not_found")


@step
def read_the_account(s: Any) -> None:
    assert "@" in s.api.account.get()["account"]["email"], "no email"


@step
def create_a_domain(s: Any) -> None:
    equal(s.api.domains.create({"name": "shop.example"})["domain"]["name"], "shop.example")


@step
def get_the_domain(s: Any) -> None:
    equal(s.api.domains.get("shop.example")["domain"]["name"], "shop.example")


@step
def the_domain_is_listed(s: Any) -> None:
    found = [each["name"] for each in s.api.domains.list(per_page=200)["domains"]]
    equal(found.count("shop.example"), 1)


@step
def create_a_domain_record(s: Any) -> None:
    sent = {"type": "A", "name": "www", "data": "162.10.66.0", "ttl": 1800}
    made = s.api.domains.create_record("shop.example", sent)["domain_record"]
    s.record = made["id"]
    equal({name: made[name] for name in sent}, sent)
    assert isinstance(s.record, int), s.record


@step
def patch_the_domain_record(s: Any) -> None:
    sent = {"type": "A", "ttl": 900}
    changed = s.api.domains.patch_record("shop.example", s.record, sent)["domain_record"]
    equal((changed["ttl"], changed["data"]), (900, "162.10.66.0"))
    got = s.api.domains.get_record("shop.example", s.record)["domain_record"]
    equal((got["ttl"], got["name"]), (900, "www"))


@step
def delete_the_domain_record(s: Any) -> None:
    s.api.domains.delete_record("shop.example", s.record)
    missing(s.api.domains.get_record("shop.example", s.record))


@step
def create_a_droplet(s: Any) -> None:
    sent = {"name": "web-1", "region": "nyc3", "size": "s-1vcpu-1gb", "image": "ubuntu-20-04-x64"}
    made = s.api.droplets.create(sent)["droplet"]
    s.droplet = made["id"]
    equal((made["name"], made["status"]), ("web-1", "new"))


@step
def get_the_droplet(s: Any) -> None:
    got = s.api.droplets.get(s.droplet)["droplet"]
    equal((got["id"], got["name"]), (s.droplet, "web-1"))
    equal((got["region"]["slug"], got["size_slug"]), ("nyc3", "s-1vcpu-1gb"))


@step
def find_droplets_by_name(s: Any) -> None:
    found = s.api.droplets.list(name="web-1")["droplets"]
    equal([each["id"] for each in found], [s.droplet])


@step
def power_the_droplet_off(s: Any) -> None:
    action = s.api.droplet_actions.post(s.droplet, {"type": "power_off"})["action"]
    equal((action["type"], action["resource_id"]), ("power_off", s.droplet))
    got = s.api.droplet_actions.get(s.droplet, action["id"])["action"]
    equal((got["id"], got["type"]), (action["id"], "power_off"))


@step
def create_and_get_a_tag(s: Any) -> None:
    equal(s.api.tags.create({"name": "blue"})["tag"]["name"], "blue")
    equal(s.api.tags.get("blue")["tag"]["name"], "blue")


@step
def page_through_tags(s: Any) -> None:
    made = [s.api.tags.create({"name": f"t{number}"})["tag"]["name"] for number in range(5)]
    found: list[str] = []
    page, total = 1, 0
    while True:
        answer = s.api.tags.list(per_page=2, page=page)
        found += [each["name"] for each in answer["tags"]]
        total = answer["meta"]["total"]
        if not answer.get("links", {}).get("pages", {}).get("next"):
            break
        page += 1
    each_once(found, ["blue", *made])
    equal(total, len(found))


@step
def keep_an_ssh_key(s: Any) -> None:
    sent = {"name": "laptop", "public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDDHr example"}
    made = s.api.ssh_keys.create(sent)["ssh_key"]
    equal((made["name"], made["public_key"]), (sent["name"], sent["public_key"]))
    equal(s.api.ssh_keys.update(made["id"], {"name": "desk"})["ssh_key"]["name"], "desk")
    equal(s.api.ssh_keys.get(made["id"])["ssh_key"]["public_key"], sent["public_key"])


@step
def create_a_volume(s: Any) -> None:
    sent = {"name": "data", "size_gigabytes": 10, "region": "nyc3"}
    made = s.api.volumes.create(sent)["volume"]
    s.volume = made["id"]
    equal((made["name"], made["size_gigabytes"], made["region"]["slug"]), ("data", 10, "nyc3"))


@step
def delete_the_volume(s: Any) -> None:
    s.api.volumes.delete(s.volume)
    missing(s.api.volumes.get(s.volume))


@step
def create_and_patch_a_project(s: Any) -> None:
    sent = {"name": "site", "purpose": "Web Application", "environment": "Staging"}
    made = s.api.projects.create(sent)["project"]
    equal({name: made[name] for name in sent}, sent)
    changed = s.api.projects.patch(made["id"], {"environment": "Production"})["project"]
    equal((changed["environment"], changed["name"]), ("Production", "site"))


@step
def a_missing_droplet_is_a_typed_error(s: Any) -> None:
    missing(s.api.droplets.get(999999999))


@step
def an_incomplete_droplet_is_refused(s: Any) -> None:
    error = raises(HttpResponseError, lambda: s.api.droplets.create({"name": "web-2"}))
    assert error.status_code in {400, 422}, error.status_code


@step
def destroy_the_droplet(s: Any) -> None:
    s.api.droplets.destroy(s.droplet)
    missing(s.api.droplets.get(s.droplet))
    found = [each["id"] for each in s.api.droplets.list(per_page=200)["droplets"]]
    assert s.droplet not in found, "a destroyed droplet is listed"


if __name__ == "__main__":
    # The library sends no token over plain HTTP; the mock has no certificate.
    vars(_authentication)["_enforce_https"] = lambda _request: None
    step.run(SimpleNamespace(api=Client("any-token", endpoint=base_url(), retry_total=0)))
