"""Providers as assemblies: what their members say as rows, and what rows say of their members.

A name row is the name, the first value row of type ``provider`` the driver, the first endpoint row the base URL, and
the flag ``provider_active`` the status. A word that names no driver we know stands for an OpenAI-compatible API, which
is what unknown vendors offer; the link remembers the word as long as that is the driver.
Source: contracts/artifacts.md, 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import UNSET

from armillary.domain.assemblies import Claims, ProviderRow, Said, Slot
from armillary.domain.editing import Actor
from armillary.domain.exports import Sheet, joined, yes_or_no
from armillary.domain.facets import Option
from armillary.domain.providers import COMPATIBLE, DRIVERS, Provider, ProviderChanges, ProviderStatus
from armillary.domain.resources import Content, Endpoint, Name, Resource, Value
from armillary.domain.seeds import PROVIDER_ACTIVE
from armillary.domain.switches import is_on, said_of_switch, switch_claims

#: The type of the values that name a provider.
_WORD = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSearch:
    """Which providers to list, by name and then id: any of each filter, all of the filters and the text.

    Args:
        text: looked for in names and descriptions, whatever its case.
        departments: to which they belong.
        models: that use them.
        statuses: that they have; none finds none.
        department_text: looked for in the names of departments to narrow by.
        model_text: likewise of models.
        offset: how many to leave out at the beginning.
        limit: how many to show.
    """

    text: str = ""
    departments: tuple[UUID, ...] = ()
    models: tuple[UUID, ...] = ()
    statuses: frozenset[ProviderStatus] = frozenset({ProviderStatus.ACTIVE})
    department_text: str = ""
    model_text: str = ""
    offset: int = 0
    limit: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProvider:
    """A provider as a listing shows it; of the models that use it the first, and how many there are."""

    provider: Provider
    row: ProviderRow
    models: tuple[UUID, ...]
    uses: int
    may_edit: bool
    may_duplicate: bool
    may_delete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderListing:
    """Providers from an offset on, how many there are in all, by what they may be narrowed, and who asks."""

    actor: Actor
    items: tuple[ListedProvider, ...]
    total: int
    departments: tuple[Option, ...] = ()
    models: tuple[Option, ...] = ()
    statuses: tuple[Option, ...] = ()


#: What an export of providers holds. Source: contracts/artifacts.md, 2.10 and 3.3.
SHEET = Sheet(
    of="providers",
    columns=("provider_id", "name", "description", "active", "departments", "value", "endpoint"),
)


def provider_cells(row: ProviderRow, departments: Mapping[UUID, str]) -> Sequence[str]:
    """A provider's row of ``SHEET``; ``departments`` holds their names."""
    return (
        str(row.id),
        row.name,
        row.description or "",
        yes_or_no(row.active),
        joined(departments[one] for one in row.departments if one in departments),
        row.value or "",
        row.endpoint or "",
    )


def provider_contents(provider: Provider) -> tuple[Content, ...]:
    """What the provider says that a resource stands for."""
    slots = (Slot.NAMES, Slot.VALUES, Slot.ENDPOINTS)
    said = (one for slot in slots for one in provider_claims(provider, slot).required)
    return tuple(one for one in said if not isinstance(one, UUID))


def provider_claims(provider: Provider, slot: Slot) -> Claims:
    """What the registry says of a provider in this slot."""
    claims = _CLAIMS.get(slot)
    return Claims() if claims is None else claims(provider)


_CLAIMS: dict[Slot, Callable[[Provider], Claims]] = {
    Slot.NAMES: lambda provider: Claims(required=(Name(provider.name),)),
    Slot.VALUES: lambda provider: Claims(required=(Value(provider.driver, _WORD),)),
    Slot.ENDPOINTS: lambda provider: Claims(required=(Endpoint(provider.base_url),) if provider.base_url else ()),
    Slot.FLAGS: lambda provider: switch_claims(PROVIDER_ACTIVE, on=provider.status is ProviderStatus.ACTIVE),
}


def said_of_provider(slot: Slot, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each link of the slot says of a provider in the registry's terms; None where that has no word for it."""
    if slot is Slot.FLAGS:
        return said_of_switch(PROVIDER_ACTIVE, linked)
    if slot not in _CLAIMS:
        return [None] * len(linked)
    contents = [one.content if isinstance(one, Resource) else None for one in linked]
    first = next((place for place, one in enumerate(contents) if _names_driver(one)), None)
    return [
        _said(slot, one, is_first=place == (first if slot is Slot.VALUES else 0)) for place, one in enumerate(contents)
    ]


def _names_driver(content: Content | None) -> bool:
    return isinstance(content, Value) and content.type == _WORD


def _said(slot: Slot, content: Content | None, *, is_first: bool) -> Said | None:
    if slot is Slot.NAMES:
        return content
    if not is_first:
        return None
    return Value(driver_of(content.value), _WORD) if isinstance(content, Value) else content


def driver_of(word: str) -> str:
    """The driver that a provider's own word for itself names."""
    driver = word.strip().lower()
    return driver if driver in DRIVERS else COMPATIBLE


def provider_changes(provider: Provider, links: Mapping[Slot, Sequence[Resource | UUID]]) -> ProviderChanges:
    """What the registry is to say of a provider once its slots link these.

    A slot that is missing stays as it is; a name cannot be cleared.
    """
    words = [one.value for one in _contents(links, Slot.VALUES) if isinstance(one, Value) and one.type == _WORD]
    names = [one.name for one in _contents(links, Slot.NAMES) if isinstance(one, Name)]
    urls = [one.endpoint for one in _contents(links, Slot.ENDPOINTS) if isinstance(one, Endpoint)]
    driver = _driver(provider, words[0]) if words else COMPATIBLE
    return ProviderChanges(
        name=names[0] if names else UNSET,
        driver=driver if Slot.VALUES in links else UNSET,
        base_url=next(iter(urls), "") if Slot.ENDPOINTS in links else UNSET,
        status=_status(links[Slot.FLAGS]) if Slot.FLAGS in links else UNSET,
    )


def _status(flags: Sequence[Resource | UUID]) -> ProviderStatus:
    return ProviderStatus.ACTIVE if is_on(PROVIDER_ACTIVE, flags) else ProviderStatus.DISABLED


def _contents(links: Mapping[Slot, Sequence[Resource | UUID]], slot: Slot) -> list[Content]:
    return [one.content for one in links.get(slot, ()) if isinstance(one, Resource)]


def _driver(provider: Provider, word: str) -> str:
    # another dialect takes any word: what the provider is called already, it stays
    return provider.driver if word == provider.driver else driver_of(word)


def provider_row(
    provider: Provider, *, word: str | None = None, description: str | None = None, departments: Sequence[UUID] = ()
) -> ProviderRow:
    """The provider as a section shows it.

    Args:
        provider: what the registry knows of it.
        word: what it calls itself, where a link remembers that; else its driver stands for it.
        description: what only links know.
        departments: likewise.
    """
    return ProviderRow(
        id=provider.id,
        name=provider.name,
        description=description,
        departments=tuple(departments),
        value=provider.driver if word is None else word,
        endpoint=provider.base_url or None,
        created_at=provider.created_at,
        active=provider.status is ProviderStatus.ACTIVE,
        mcp=provider.mcp,
    )
