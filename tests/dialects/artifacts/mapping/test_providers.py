"""Providers between the wire and the domain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.dialects.artifacts.mapping.providers import changed_items, new_items, provider_search, search_reply
from armillary.dialects.artifacts.schemas import providers as wire
from armillary.domain.access import Role
from armillary.domain.assembled_providers import ListedProvider, ProviderListing, ProviderSearch, provider_row
from armillary.domain.assemblies import Item, Slot
from armillary.domain.editing import Actor
from armillary.domain.providers import ProviderStatus
from tests.builders import a_provider, an_id

ids = st.lists(st.uuids(), max_size=3)
texts = st.text(max_size=10)
members = st.fixed_dictionaries(
    {},
    optional={
        "name_id": st.none() | st.uuids(),
        "name": st.none() | texts,
        "description_id": st.none() | st.uuids(),
        "description": st.none() | texts,
        "active_flag_id": st.none() | st.uuids(),
        "active_flag": st.none() | st.booleans(),
        "department_ids": st.none() | ids,
        "departments": st.none() | st.lists(texts, max_size=2),
        "endpoint_ids": st.none() | ids,
        "value_ids": st.none() | ids,
        "key_ids": st.none() | st.just([]),
    },
)
_LINKED = {"value_ids": Slot.VALUES, "endpoint_ids": Slot.ENDPOINTS, "department_ids": Slot.DEPARTMENTS}


def sent(kind: type[Any], **said: Any) -> Any:
    """The item as it is decoded."""
    return msgspec.json.decode(msgspec.json.encode(said), type=kind)


def created(**said: Any) -> Item:
    return new_items([sent(wire.CreateProviderItem, **said)])[0]


@given(said=members)
def test_items_say_what_was_sent(said: dict[str, Any]) -> None:
    of = an_id()
    [item] = changed_items([sent(wire.UpdateProviderItem, provider_id=of, **said)])
    stated = {name: value for name, value in said.items() if value is not None}
    assert item.id == of
    assert {slot: item.links.get(slot) for slot in _LINKED.values()} == {
        slot: tuple(stated[name]) if name in stated else None for name, slot in _LINKED.items()
    }
    for slot, name in ((Slot.NAMES, "name"), (Slot.DESCRIPTIONS, "description")):
        chosen = stated.get(f"{name}_id")
        assert item.links.get(slot) == (None if chosen is None else (chosen,))
        assert item.texts.get(slot) == ((stated[name],) if chosen is None and name in stated else None)
    assert item.active == (None if "active_flag_id" in stated else stated.get("active_flag"))
    assert not item.faults


@pytest.mark.parametrize(
    ("said", "active"),
    [
        pytest.param({}, True, id="unspoken"),
        pytest.param({"active_flag": None}, True, id="null"),
        pytest.param({"active_flag": False}, False, id="off"),
        pytest.param({"active_flag_id": UUID(int=1)}, None, id="a-row-decides"),
    ],
)
def test_a_new_provider_is_active_unless_it_says_otherwise(said: dict[str, Any], *, active: bool | None) -> None:
    assert created(**said).active is active


def test_a_key_is_a_fault() -> None:
    assert [one.member for one in created(key_ids=[an_id()]).faults] == ["key_ids"]


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        pytest.param(None, {ProviderStatus.ACTIVE}, id="none"),
        pytest.param([], {ProviderStatus.ACTIVE}, id="empty"),
        pytest.param([" TRUE ", "false"], set(ProviderStatus), id="both"),
        pytest.param(["inactive"], {ProviderStatus.DISABLED}, id="inactive"),
        pytest.param(["whatever"], set(), id="no-status"),
    ],
)
def test_a_listing_asks_for_statuses(words: list[str] | None, statuses: set[ProviderStatus]) -> None:
    assert provider_search(wire.SearchProvidersRequest(filter_status=words)).statuses == statuses


def test_null_asks_for_nothing() -> None:
    body = sent(wire.SearchProvidersRequest, **dict.fromkeys(wire.SearchProvidersRequest.__struct_fields__))
    assert provider_search(body) == ProviderSearch()


def test_an_entry_tells_the_provider() -> None:
    provider, department, model = a_provider(name="Acme", status=ProviderStatus.DISABLED), an_id(), an_id()
    row = provider_row(provider, word="Theirs", description=None, departments=[department])
    one = ListedProvider(
        provider=provider, row=row, models=(model,), uses=7, may_edit=False, may_duplicate=True, may_delete=False
    )
    actor = Actor(profile=an_id(), name="Somebody", role=Role.OWNER)
    reply = search_reply(ProviderListing(actor=actor, items=(one,), total=1), wire.SearchProvidersRequest())
    assert (reply.actor_name, reply.total_count) == ("Somebody", 1)
    assert reply.providers == [
        wire.ListProvider(
            provider_id=provider.id,
            name="Acme",
            description=None,
            value="Theirs",
            active=False,
            updated_at=provider.updated_at,
            department_ids=[str(department)],
            model_usage_count=7,
            model_ids=[str(model)],
            can_edit=False,
            can_delete=False,
            can_duplicate=True,
        )
    ]
