"""A session with the Python client of Kubernetes: python kubernetes_session.py BASE_URL.

The mock plays the core v1 API. What only a cluster does (scheduling, containers) is not asked for.
"""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

from kubernetes import client
from kubernetes.client.exceptions import ApiException
from steps import Steps, base_url, each_once, equal, raises

step = Steps()


def meta(name: str, **labels: str) -> Any:
    """The metadata of an object with this name and these labels."""
    return client.V1ObjectMeta(name=name, labels=labels or None)


def config_map(name: str, data: dict[str, str], **labels: str) -> Any:
    """A config map with these data."""
    return client.V1ConfigMap(metadata=meta(name, **labels), data=data)


def names(listed: Any) -> list[str]:
    """The names of the objects of a list."""
    return [item.metadata.name for item in listed.items]


@step
def create_a_namespace(s: Any) -> None:
    made = s.core.create_namespace(client.V1Namespace(metadata=meta("shop", team="green")))
    equal((made.metadata.name, made.metadata.labels), ("shop", {"team": "green"}))
    assert made.metadata.uid, "no uid"
    assert made.metadata.creation_timestamp, "no time of creation"


@step
def read_the_namespace(s: Any) -> None:
    equal(s.core.read_namespace("shop").metadata.name, "shop")


@step
def list_namespaces(s: Any) -> None:
    assert "shop" in names(s.core.list_namespace()), "the namespace is not listed"


@step
def a_namespace_twice_is_a_conflict(s: Any) -> None:
    error = raises(ApiException, lambda: s.core.create_namespace(client.V1Namespace(metadata=meta("shop"))))
    equal(error.status, 409)


@step
def create_a_config_map(s: Any) -> None:
    made = s.core.create_namespaced_config_map("shop", config_map("colors", {"main": "red"}))
    equal((made.metadata.name, made.metadata.namespace, made.data), ("colors", "shop", {"main": "red"}))


@step
def read_the_config_map(s: Any) -> None:
    got = s.core.read_namespaced_config_map("colors", "shop")
    equal((got.metadata.name, got.metadata.namespace, got.data), ("colors", "shop", {"main": "red"}))


@step
def replace_the_config_map(s: Any) -> None:
    current = s.core.read_namespaced_config_map("colors", "shop")
    current.data = {"main": "blue"}
    equal(s.core.replace_namespaced_config_map("colors", "shop", current).data, {"main": "blue"})
    got = s.core.read_namespaced_config_map("colors", "shop")
    equal((got.data, got.metadata.uid), ({"main": "blue"}, current.metadata.uid))


@step
def patch_the_config_map(s: Any) -> None:
    s.core.patch_namespaced_config_map("colors", "shop", {"data": {"accent": "green"}})
    got = s.core.read_namespaced_config_map("colors", "shop")
    equal(got.data, {"main": "blue", "accent": "green"})


@step
def patch_by_operations(s: Any) -> None:
    s.core.patch_namespaced_config_map(
        "colors", "shop", [{"op": "replace", "path": "/data/main", "value": "black"}]
    )
    equal(s.core.read_namespaced_config_map("colors", "shop").data["main"], "black")


@step
def page_through_config_maps(s: Any) -> None:
    made = [f"page-{number}" for number in range(5)]
    for name in made:
        s.core.create_namespaced_config_map("shop", config_map(name, {"n": name}))
    found: list[str] = []
    token = None
    while True:
        page = s.core.list_namespaced_config_map("shop", limit=2, _continue=token)
        assert len(page.items) <= 2, "a page is longer than the limit"
        found += names(page)
        token = page.metadata._continue
        if not token:
            break
    each_once(found, ["colors", *made])
    equal(len(found), 6)


@step
def another_namespace_has_its_own(s: Any) -> None:
    s.core.create_namespace(client.V1Namespace(metadata=meta("lab")))
    equal(names(s.core.list_namespaced_config_map("lab")), [])
    s.core.create_namespaced_config_map("lab", config_map("colors", {"main": "white"}))
    equal(s.core.read_namespaced_config_map("colors", "lab").data, {"main": "white"})
    equal(s.core.read_namespaced_config_map("colors", "shop").data["main"], "black")


@step
def list_over_all_namespaces(s: Any) -> None:
    listed = s.core.list_config_map_for_all_namespaces()
    found = [(item.metadata.namespace, item.metadata.name) for item in listed.items]
    each_once(found, [("shop", "colors"), ("lab", "colors")])


@step
def create_a_secret(s: Any) -> None:
    value = base64.b64encode(b"hello").decode()
    sent = client.V1Secret(metadata=meta("login"), type="Opaque", data={"word": value})
    made = s.core.create_namespaced_secret("shop", sent)
    equal((made.metadata.name, made.type, made.data), ("login", "Opaque", {"word": value}))


@step
def create_a_pod(s: Any) -> None:
    container = client.V1Container(
        name="web", image="nginx", ports=[client.V1ContainerPort(container_port=80)]
    )
    sent = client.V1Pod(metadata=meta("web", app="web"), spec=client.V1PodSpec(containers=[container]))
    made = s.core.create_namespaced_pod("shop", sent)
    equal((made.metadata.name, made.spec.containers[0].image), ("web", "nginx"))
    got = s.core.read_namespaced_pod("web", "shop")
    equal((got.spec.containers[0].name, got.metadata.labels), ("web", {"app": "web"}))


@step
def select_pods_by_label(s: Any) -> None:
    container = client.V1Container(name="db", image="postgres")
    sent = client.V1Pod(metadata=meta("db", app="db"), spec=client.V1PodSpec(containers=[container]))
    s.core.create_namespaced_pod("shop", sent)
    equal(names(s.core.list_namespaced_pod("shop", label_selector="app=web")), ["web"])
    equal(names(s.core.list_namespaced_pod("shop", field_selector="metadata.name=db")), ["db"])


@step
def label_a_pod(s: Any) -> None:
    s.core.patch_namespaced_pod("web", "shop", {"metadata": {"labels": {"tier": "front"}}})
    equal(s.core.read_namespaced_pod("web", "shop").metadata.labels, {"app": "web", "tier": "front"})


@step
def create_a_service(s: Any) -> None:
    port = client.V1ServicePort(port=80, target_port=8080)
    spec = client.V1ServiceSpec(selector={"app": "web"}, ports=[port], type="ClusterIP")
    made = s.core.create_namespaced_service("shop", client.V1Service(metadata=meta("web"), spec=spec))
    equal((made.spec.ports[0].port, made.spec.ports[0].target_port), (80, 8080))
    equal(s.core.read_namespaced_service("web", "shop").spec.selector, {"app": "web"})


@step
def scale_a_replication_controller(s: Any) -> None:
    container = client.V1Container(name="web", image="nginx")
    template = client.V1PodTemplateSpec(
        metadata=meta("web", app="web"), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1ReplicationControllerSpec(replicas=2, selector={"app": "web"}, template=template)
    sent = client.V1ReplicationController(metadata=meta("web"), spec=spec)
    equal(s.core.create_namespaced_replication_controller("shop", sent).spec.replicas, 2)
    s.core.patch_namespaced_replication_controller("web", "shop", {"spec": {"replicas": 5}})
    equal(s.core.read_namespaced_replication_controller("web", "shop").spec.replicas, 5)


@step
def a_missing_pod_is_a_typed_error(s: Any) -> None:
    error = raises(ApiException, lambda: s.core.read_namespaced_pod("missing", "shop"))
    equal(error.status, 404)


@step
def delete_a_pod(s: Any) -> None:
    s.core.delete_namespaced_pod("web", "shop")
    equal(raises(ApiException, lambda: s.core.read_namespaced_pod("web", "shop")).status, 404)
    equal(names(s.core.list_namespaced_pod("shop")), ["db"])


@step
def delete_a_collection(s: Any) -> None:
    s.core.delete_collection_namespaced_config_map("shop")
    equal(names(s.core.list_namespaced_config_map("shop")), [])
    equal(s.core.read_namespaced_config_map("colors", "lab").data, {"main": "white"})


if __name__ == "__main__":
    settings = client.Configuration(host=base_url())
    settings.api_key = {"authorization": "Bearer any-token"}
    step.run(SimpleNamespace(core=client.CoreV1Api(client.ApiClient(settings))))
