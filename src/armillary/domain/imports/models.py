"""What an imported file holds, in the registry's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from armillary.domain.changes import Document
from armillary.domain.imports.accounts import FieldAccount
from armillary.domain.labels import slug
from armillary.domain.models import NO_FACTS, Facts
from armillary.domain.prices import UNPRICED, Price

#: Knobs that no file speaks of: what is known of them otherwise stays.
_SILENT = ("top_p", "top_k", "stop_sequences", "max_output_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModel:
    """One model of a file; empty and None mean that the file does not say. ``place`` is where it stands there."""

    upstream_name: str
    name: str
    vendor: str = ""
    family: str = ""
    tags: tuple[str, ...] = ()
    details: Mapping[str, Document] = field(default_factory=dict)
    input_modalities: tuple[str, ...] = ()
    output_modalities: tuple[str, ...] = ()
    context_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    facts: Facts = NO_FACTS
    base: Price = UNPRICED
    place: str = ""

    @property
    def external_id(self) -> str:
        """The slug that a new row gets (contracts/cadenya.md, 3.5); another model of the provider may have it."""
        return slug(f"{self.vendor} {self.upstream_name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedProvider:
    """One provider of a file, and its models. ``key`` is its name there, and its external id here."""

    key: str
    name: str
    driver: str
    base_url: str = ""
    models: tuple[ImportedModel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row of a file that changes models that there are: column -> cell, of those that are imported."""

    place: str
    model: UUID
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFile:
    """A whole file, and the account of its fields: of providers with their models, or of rows."""

    format: str
    providers: tuple[ImportedProvider, ...]
    fields: tuple[FieldAccount, ...]
    rows: tuple[SheetRow, ...] = ()


_MEMBERS = (
    "name",
    "vendor",
    "family",
    "input_modalities",
    "output_modalities",
    "context_tokens",
    "input_tokens",
    "output_tokens",
    "base",
)


def merged(known: Mapping[str, Any], imported: ImportedModel) -> dict[str, Any]:
    """The members, of those in ``domain.models.DERIVED``, that the file tells of a model.

    What the file leaves open stays as it is: it neither blanks a member, nor a single fact, nor a knob that files do
    not speak of.

    Args:
        known: ``tags``, ``details`` and ``facts`` as they are, or as the catalogue has them; a missing one is empty.
        imported: what the file tells.
    """
    told = {name: value for name in _MEMBERS if (value := getattr(imported, name))}
    tags = dict.fromkeys((*imported.tags, *(tag for tag in known.get("tags", ()) if tag in _SILENT)))
    details = {**known.get("details", {}), **imported.details}
    return told | {
        "tags": tuple(tags),
        "details": {tag: details[tag] for tag in tags if tag in details},
        "facts": _facts(known.get("facts", NO_FACTS), imported.facts),
    }


def _facts(known: Facts, told: Facts) -> Facts:
    values = ((name, getattr(told, name)) for name in Facts.__dataclass_fields__)
    return replace(known, **{name: value for name, value in values if value not in (None, ())})
