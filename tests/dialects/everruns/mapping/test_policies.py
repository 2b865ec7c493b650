"""What the policies tell is what the domain enforces, tried at each bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import UUID

import pytest

from armillary.dialects.everruns import reasons
from armillary.dialects.everruns.mapping.models import checked_label
from armillary.dialects.everruns.mapping.policies import model_policies, provider_policies
from armillary.domain.access import Principal, Role, entered
from armillary.domain.errors import Conflict, InvalidRequest
from armillary.domain.models import ModelChanges, Registered, changed, checked_tags, managed_rule
from armillary.domain.providers import ProviderChanges
from armillary.domain.providers import changed as provider_changed
from tests.builders import a_model, a_provider

NOW = datetime(2026, 1, 1, tzinfo=UTC)
READER = Principal(
    account=UUID(int=1), workspace=UUID(int=1), profile=UUID(int=1), role=Role.VIEWER, scopes=entered(Role.VIEWER, "*")
)
OWNER = replace(READER, role=Role.OWNER, scopes=entered(Role.OWNER, "*"))


@pytest.mark.parametrize(("caller", "may"), [(READER, False), (OWNER, True)], ids=["reader", "owner"])
def test_a_caller_is_told_what_it_may(caller: Principal, may: bool) -> None:
    assert (model_policies(caller).can_read, model_policies(caller).can_manage) == (True, may)
    assert provider_policies(caller, private_base_urls=False).can_manage == may


def test_capabilities_are_bounded_as_told() -> None:
    limits = model_policies(OWNER).limits
    most = ["x" * limits.capability_chars, *(f"tag-{number}" for number in range(limits.capabilities - 1))]
    assert checked_tags(most) == tuple(most)
    for beyond in ([*most, "one-more"], ["x" * (limits.capability_chars + 1)]):
        with pytest.raises(InvalidRequest):
            checked_tags(beyond)


def test_names_are_bounded_as_told() -> None:
    longest = model_policies(OWNER).limits.display_name_chars
    assert checked_label("x" * longest, "display_name")
    with pytest.raises(InvalidRequest):
        checked_label("x" * (longest + 1), "display_name")


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        ("enabled", ModelChanges(enabled=True)),
        ("is_favorite", ModelChanges(favourite=True)),
        ("display_name", ModelChanges(name="Another")),
        ("capabilities", ModelChanges(tags=("another",))),
        ("model_id", ModelChanges(upstream_name="another")),
        ("provider_id", ModelChanges(provider=UUID(int=9))),
    ],
)
def test_managed_members_are_as_told(member: str, changes: ModelChanges) -> None:
    before = Registered(model=a_model(), provider=a_provider(managed=True))
    after = replace(before, model=changed(before.model, changes, at=NOW))
    if member in model_policies(OWNER).managed_members:
        managed_rule(before, after, changes)
        return
    with pytest.raises(Conflict):
        managed_rule(before, after, changes)


def test_headers_are_bounded_as_told() -> None:
    told = provider_policies(OWNER, private_base_urls=False).request_options
    value = "v" * told.max_header_value_chars
    fine = {f"x-{number}": value for number in range(told.max_headers)}
    refused = [{**fine, "x-more": "v"}, {"x": value + "v"}, *({name: "v"} for name in told.forbidden_headers)]
    assert _with_headers(fine) == fine
    for headers in refused:
        with pytest.raises(InvalidRequest):
            _with_headers(headers)


def _with_headers(headers: dict[str, str]) -> object:
    changes = ProviderChanges(request_options={"headers": headers})
    return provider_changed(a_provider(), changes, at=NOW).request_options["headers"]


def test_providers_that_need_no_key_are_as_told() -> None:
    for driver in provider_policies(OWNER, private_base_urls=False).keyless_provider_types:
        assert a_provider(driver=driver).healthy
    assert not a_provider(driver="openai").healthy


def test_reasons_are_bounded_as_told() -> None:
    told = model_policies(OWNER).change_reasons
    assert reasons.reason({}) is None
    assert reasons.reason({reasons.HEADER: quote("☃" * told.max_chars)}) == "☃" * told.max_chars
    with pytest.raises(reasons.InvalidChangeReason):
        reasons.reason({reasons.HEADER: "x" * (told.max_chars + 1)})
