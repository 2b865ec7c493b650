from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import armillary
from tests.servers import running
from tests.wire import answered

pytestmark = pytest.mark.xdist_group("metrics")  # one worker, so that one server serves them all

Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("server"), "") as server, server.client() as opened:
        yield opened


def counted(client: httpx.Client) -> dict[Sample, float]:
    """Every sample that Prometheus would read."""
    text = client.get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for each in samples}


def requests(dialect: str, operation: str, status: int) -> Sample:
    labels = (("dialect", dialect), ("operation", operation), ("status", str(status)))
    return "armillary_http_requests_total", labels


@pytest.mark.parametrize(
    ("method", "path", "sample"),
    [
        ("GET", "/api/v1/models", requests("everruns", "list_models", 200)),
        ("GET", "/v1/workspaces/default/models", requests("cadenya", "list_models", 200)),
        ("GET", "/armillary/v1/models", requests("native", "list_models", 200)),
        ("HEAD", "/armillary/v1/models", requests("native", "list_models", 200)),
        ("PUT", "/v1/nothing", requests("cadenya", "none", 404)),
        ("GET", "/readyz", requests("server", "readyz", 200)),
    ],
)
def test_each_request_is_counted_once_whether_or_not_its_reply_was_kept(
    client: httpx.Client, method: str, path: str, sample: Sample
) -> None:
    before = counted(client).get(sample, 0)
    for _ in range(3):
        client.request(method, path)
    assert counted(client)[sample] - before == 3


def test_what_did_not_change_is_counted_as_that(client: httpx.Client) -> None:
    tag = client.get("/api/v1/models").headers["etag"]
    before = counted(client).get(requests("everruns", "list_models", 304), 0)
    client.get("/api/v1/models", headers={"If-None-Match": tag})
    assert counted(client)[requests("everruns", "list_models", 304)] - before == 1


def test_no_path_id_or_method_of_a_callers_makes_a_label(client: httpx.Client) -> None:
    client.get("/api/v1/models/warm-up")
    client.request("BREW", "/brew")
    before = set(counted(client))
    for number in range(30):
        client.get(f"/api/v1/models/model_{number:032x}")
        client.get(f"/v1/workspaces/{number}/models/{number}")
        client.get(f"/nothing/{number}")
        client.request(f"BREW{number}", "/brew")
    new = {labels for _, labels in set(counted(client)) - before}
    assert len({labels for labels in new if dict(labels).keys() >= {"dialect", "operation"}}) <= 40
    assert not any(str(number) in dict(labels).get("operation", "") for labels in new for number in range(30))


def test_how_long_requests_take_is_told_in_seconds(client: httpx.Client) -> None:
    answered(client.get("/armillary/v1/models?limit=1"))
    found = counted(client)
    labels = (("dialect", "native"), ("operation", "list_models"))
    assert found["armillary_http_request_duration_seconds_count", labels] >= 1
    assert found["armillary_http_request_duration_seconds_sum", labels] > 0


def test_the_version_and_the_process_are_told(client: httpx.Client) -> None:
    found = counted(client)
    assert found["armillary_build_info", (("version", armillary.__version__),)] == 1
    assert found["process_resident_memory_bytes", ()] > 0
    assert found["process_open_fds", ()] > 0


def test_it_is_what_prometheus_asks_for(client: httpx.Client) -> None:
    reply = client.get("/metrics", headers={"Authorization": ""})
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "cache-control" not in reply.headers
