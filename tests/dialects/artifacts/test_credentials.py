"""Which credentials a request carries, in the forms of contracts/artifacts.md, 1.2."""

from __future__ import annotations

import httpx
import pytest

from armillary.dialects.artifacts import credentials
from armillary.domain.errors import Unauthenticated
from tests.dialects.artifacts.conftest import Api


@pytest.mark.parametrize(
    ("headers", "token", "further"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"x-api-key": " "}, None, None, id="blank-key"),
        pytest.param({"authorization": ""}, None, None, id="blank-bearer"),
        pytest.param({"x-api-key": " k\t"}, "k", None, id="key-is-trimmed"),
        pytest.param({"authorization": "Bearer t"}, "t", None, id="bearer"),
        pytest.param({"authorization": "bEARER t"}, "t", None, id="any-case"),
        pytest.param({"authorization": "Bearer t", "x-api-key": "k"}, "t", "k", id="both"),
        pytest.param({"authorization": "Bearer t", "x-api-key": " "}, "t", None, id="bearer-and-blank-key"),
        pytest.param({"authorization": "", "x-api-key": "k"}, "k", None, id="key-and-blank-bearer"),
    ],
)
def test_who_calls_is_the_bearer_and_else_the_key(
    headers: dict[str, str], token: str | None, further: str | None
) -> None:
    assert (credentials.token(headers), credentials.further(headers)) == (token, further)


@pytest.mark.parametrize("value", ["Basic YTpi", "Bearer", "Bearer ", "Bearer  t", "Bearer a b", "t", "ApiKey t"])
def test_other_forms_are_refused_also_beside_a_key(value: str) -> None:
    with pytest.raises(Unauthenticated, match="Bearer, one space"):
        credentials.token({"authorization": value, "x-api-key": "k"})
    assert credentials.further({"authorization": value, "x-api-key": "k"}) == "k"


def test_a_key_that_reaches_several_workspaces_names_one(api: Api, elsewhere: Api) -> None:
    model = elsewhere.model(name="over there")
    with httpx.Client(base_url=api.base_url, headers={"X-Api-Key": api.server.key}) as admin:
        for named, status in ((elsewhere.workspace, 200), (api.workspace, 404), ("nowhere", 404), ("", 404)):
            headers = {"X-Workspace-Id": named}
            assert admin.post("/artifacts/models/get", json={"model_id": model}, headers=headers).status_code == status


def test_a_key_enters_no_workspace_but_its_own(api: Api, elsewhere: Api) -> None:
    reply = api.post("/artifacts/models/get", json={}, headers={"X-Workspace-Id": elsewhere.workspace})
    assert (reply.status_code, set(reply.json())) == (403, {"detail"})
