"""Providers as assemblies: what rows say of them, and what they say as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.domain.assembled_providers import (
    driver_of,
    provider_changes,
    provider_claims,
    provider_contents,
    said_of_provider,
)
from armillary.domain.assemblies import Slot, reconciled
from armillary.domain.providers import COMPATIBLE, DRIVERS, Provider, ProviderStatus, changed
from armillary.domain.resources import Content, Description, Endpoint, Flag, Name, Resource, Value
from armillary.domain.seeds import MODEL_ACTIVE, PROVIDER_ACTIVE
from armillary.domain.switches import position
from tests import generated
from tests.builders import NOON, a_provider, an_id

ON, OFF = position(PROVIDER_ACTIVE, on=True), position(PROVIDER_ACTIVE, on=False)
ANOTHER = Flag("f", "", "", MODEL_ACTIVE, value=False)
#: What is no URL may stand behind the first: it is never called.
BACKUP = Endpoint("ask the house")
words = st.sampled_from([*sorted(DRIVERS), "OpenAI", "A vendor of their own"]) | generated.names
members = st.fixed_dictionaries(
    {
        "name": generated.names,
        "driver": st.sampled_from([*sorted(DRIVERS), "anything else"]),
        "base_url": st.sampled_from(["", "https://a.example/v1"]),
        "status": st.sampled_from(ProviderStatus),
    }
)
linked: st.SearchStrategy[dict[Slot, Any]] = st.fixed_dictionaries(
    {},
    optional={
        Slot.NAMES: st.lists(st.builds(Name, generated.names), min_size=1, max_size=1),
        Slot.DESCRIPTIONS: st.lists(st.builds(Description, generated.texts(20)), max_size=1),
        Slot.VALUES: st.lists(st.builds(Value, words, st.sampled_from(["model", "provider"])), max_size=3),
        Slot.ENDPOINTS: st.sampled_from([[], [Endpoint("https://b.example")], [Endpoint("https://b.example"), BACKUP]]),
        Slot.FLAGS: st.sampled_from([[ON], [OFF], [], [ANOTHER], [ANOTHER, ON]]),
    },
)


def rows(contents: Sequence[Content]) -> list[Resource]:
    return [Resource(id=an_id(), workspace=None, content=one, created_at=NOON) for one in contents]


def shown(provider: Provider, slot: Slot, links: Sequence[Resource | UUID]) -> list[Any]:
    said = said_of_provider(slot, links)
    return reconciled(list(zip(links, said, strict=True)), provider_claims(provider, slot))


@given(said=members, contents=linked)
def test_what_is_linked_is_shown(said: dict[str, Any], contents: dict[Slot, list[Content]]) -> None:
    links = {slot: rows(several) for slot, several in contents.items()}
    before = a_provider(**said)
    after = changed(before, provider_changes(before, links), at=NOON)
    for slot, several in links.items():
        found = [one.content if isinstance(one, Resource) else one for one in shown(after, slot, several)]
        expected: list[Any] = [one.content for one in several]
        if slot is Slot.VALUES and not any(isinstance(one, Value) and one.type == "provider" for one in expected):
            expected.append(Value(COMPATIBLE, "provider"))  # of what is not told, that is what stands
        assert found == expected


@given(said=members)
def test_without_links_its_own_members_are_shown(said: dict[str, Any]) -> None:
    provider = a_provider(**said)
    assert shown(provider, Slot.NAMES, []) == [Name(provider.name)]
    assert shown(provider, Slot.VALUES, []) == [Value(provider.driver, "provider")]
    assert shown(provider, Slot.ENDPOINTS, []) == ([Endpoint(provider.base_url)] if provider.base_url else [])
    assert shown(provider, Slot.FLAGS, []) == ([ON] if provider.status is ProviderStatus.ACTIVE else [])
    assert shown(provider, Slot.DESCRIPTIONS, []) == []
    assert {Name(provider.name), Value(provider.driver, "provider")} <= set(provider_contents(provider))


@given(said=members)
def test_no_links_change_nothing(said: dict[str, Any]) -> None:
    before = a_provider(**said)
    assert changed(before, provider_changes(before, {}), at=NOON) == before


@pytest.mark.parametrize(
    ("word", "driver"),
    [
        pytest.param("OpenAI", "openai", id="whatever-its-case"),
        pytest.param(" anthropic ", "anthropic", id="space-around"),
        pytest.param("The house's gateway", COMPATIBLE, id="unknown"),
    ],
)
def test_a_word_names_a_driver(word: str, driver: str) -> None:
    assert driver_of(word) == driver


def test_a_link_forgets_its_word_where_the_driver_is_another_by_now() -> None:
    links = rows([Value("The house's gateway", "provider")])
    assert shown(a_provider(driver=COMPATIBLE), Slot.VALUES, links) == links
    assert shown(a_provider(driver="openai"), Slot.VALUES, links) == [Value("openai", "provider")]


def test_a_word_of_another_dialects_own_stays() -> None:
    provider = a_provider(driver="anything else")
    links = {Slot.VALUES: rows([Value("anything else", "provider")])}
    assert provider_changes(provider, links).driver == "anything else"
