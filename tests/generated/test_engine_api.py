"""The control API: models read what an engine 2.3.19 answered (ids shortened), operations say how to ask."""

import re

import pydantic
import pytest

from rivet_client_generated.engine_api import models as m
from rivet_client_generated.engine_api import operations as o

ACTOR = {
    "actor_id": "t9a8",
    "name": "broken",
    "key": "b",
    "namespace_id": "5rzs",
    "datacenter": "default",
    "runner_name_selector": "default",
    "crash_policy": "sleep",
    "create_ts": 1795480538077,
    "start_ts": None,
    "pending_allocation_ts": None,
    "connectable_ts": None,
    "sleep_ts": 1795480538125,
    "reschedule_ts": None,
    "destroy_ts": None,
    "error": {"crashed": {"message": "cannot create"}},
}
NAMESPACE = {"namespace_id": "5rzs", "name": "default", "display_name": "Default", "create_ts": 1795480510429}
ENVOY = {
    "envoy_key": "ad9c",
    "namespace_id": "5rzs",
    "datacenter": "default",
    "pool_name": "default",
    "version": 1,
    "slots": 2,
    "create_ts": 1795480510565,
    "stop_ts": None,
    "last_ping_ts": 1795480537906,
    "last_connected_ts": None,
    "last_rtt": 0,
    "metadata": {"rivetkit": {"version": "2.3.19"}},
}
NORMAL = {
    "drain_on_version_upgrade": True,
    "actor_eviction_delay": 0,
    "actor_eviction_period": 0,
    "actor_eviction_rate": 1.0,
}
SERVERLESS = {
    "url": "http://127.0.0.1:1/x",
    "headers": {"authorization": "secret"},
    "request_lifespan": 3000,
    "max_concurrent_actors": 10,
    "drain_grace_period": 1800,
    "slots_per_runner": 1,
    "min_runners": 0,
    "max_runners": 10,
    "runners_margin": 0,
    **NORMAL,
}
CONFIGS = {
    "default": {"datacenters": {"default": {"normal": NORMAL, "protocol_version": 8}}},
    "p2": {
        "datacenters": {"default": {"serverless": SERVERLESS, "metadata": {"x": 1}, "protocol_version": None}}
    },
}
PAGE = {"cursor": "1795480538077"}
ANSWERS = {
    "actors_list": {"actors": [ACTOR], "pagination": PAGE},
    "actors_get_or_create": {"actor": ACTOR, "created": True},
    "actors_create": {"actor": {**ACTOR, "key": None}},
    "actors_list_names": {"names": {"counter": {"metadata": {}}}, "pagination": {"cursor": "counter"}},
    "actors_destroy": {},
    "actors_sleep": {},
    "actors_reschedule": {},
    "actors_kv_get": {"value": "dE5i", "update_ts": 1795482985634},
    "datacenters_list": {
        "datacenters": [{"label": 1, "name": "default", "url": "http://127.0.0.1:6420/"}],
        "pagination": {"cursor": None},
    },
    "namespaces_list": {"namespaces": [NAMESPACE], "pagination": {"cursor": None}},
    "namespaces_create": {"namespace": NAMESPACE},
    "envoys_list": {"envoys": [ENVOY], "pagination": PAGE},
    "runner_configs_list": {"runner_configs": CONFIGS, "pagination": {"cursor": None}},
    "runner_configs_upsert": {"endpoint_config_changed": True},
    "runner_configs_delete": {},
    "metadata_get": {"runtime": "engine", "version": "2.3.19", "git_sha": "x", "epoxy_protocol_version": 3},
    "health_get": {"runtime": "engine", "status": "ok", "version": "2.3.19"},
}


def test_every_operation_has_an_answer_here():
    assert set(o.OPERATIONS) == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_read_without_loss_of_what_is_known(name):
    read = o.OPERATIONS[name].response.model_validate(ANSWERS[name])
    kept = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert kept == {key: value for key, value in ANSWERS[name].items() if key in kept}
    assert set(ANSWERS[name]) - set(kept) <= {"git_sha", "epoxy_protocol_version"}


@pytest.mark.parametrize("name", ANSWERS)
def test_fields_of_newer_engines_are_ignored(name):
    model = o.OPERATIONS[name].response
    assert model.model_validate({**ANSWERS[name], "new": 1}) == model.model_validate(ANSWERS[name])


@pytest.mark.parametrize("operation", o.OPERATIONS.values(), ids=lambda it: it.id)
def test_paths_and_their_parameters_match(operation):
    assert re.findall(r"\{(.*?)\}", operation.path) == [it.wire for it in operation.path_parameters]
    assert all(it.required for it in operation.path_parameters)
    assert {it.kind for it in operation.query} <= {"string", "integer", "boolean", "array"}
    assert (operation.request is not None) == (operation.method in ("PUT", "POST"))


def test_an_operation_in_full():
    operation = o.ACTORS_KV_GET
    assert (operation.id, operation.method, operation.path) == (
        "actors_kv_get",
        "GET",
        "/actors/{actor_id}/kv/keys/{key}",
    )
    assert operation.path_parameters == (
        o.Parameter("actor_id", "actor_id", "string", True),
        o.Parameter("key", "key", "string", True),
    )
    assert operation.query == (o.Parameter("namespace", "namespace", "string", True),)
    assert (operation.request, operation.response) == (None, m.ActorsKvGetResponse)


def test_absent_fields_are_not_sent():
    request = m.ActorsGetOrCreateRequest(
        name="counter", key="k", runner_name_selector="default", crash_policy="sleep"
    )
    assert request.model_dump(exclude_none=True) == {
        "name": "counter",
        "key": "k",
        "runner_name_selector": "default",
        "crash_policy": "sleep",
    }


def test_what_clients_are_told_by_a_serverless_registry():
    answer = {
        "runtime": "rivetkit",
        "version": "2.3.19",
        "clientEndpoint": "http://e",
        "clientToken": "secret",
    }
    read = m.MetadataGetResponse.model_validate(answer)
    assert (read.client_endpoint, read.client_namespace, read.client_token) == ("http://e", None, "secret")


def test_secrets_are_not_shown():
    metadata = m.MetadataGetResponse(runtime="", version="", client_token="secret")
    config = m.ServerlessRunnerConfig.model_validate(SERVERLESS)
    assert "secret" not in f"{metadata!r} {metadata} {config!r} {config}"
    with pytest.raises(pydantic.ValidationError) as caught:
        m.MetadataGetResponse.model_validate({"runtime": "", "version": "", "clientToken": ["secret"]})
    assert "secret" not in str(caught.value)


def test_an_answer_without_what_is_always_there_is_refused():
    with pytest.raises(pydantic.ValidationError):
        m.ActorsListResponse.model_validate({"actors": []})
