"""Imports and upgrades between the domain and the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from armillary.dialects._kit.bodies import decoded
from armillary.dialects._kit.dialects import decode_json
from armillary.dialects.native.mapping.changes import worded
from armillary.dialects.native.schemas import imports as wire
from armillary.domain.changes import MemberChange
from armillary.services.catalogue import CatalogueUpgrade, ModelUpgrade
from armillary.services.imports import ImportPlan, ModelPlan, ProviderPlan

#: A file may have as many fields as it likes; an answer tells of so many.
_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to import: its bytes, its format (None: to be told by it), and the revision that its preview had."""

    content: bytes
    format: str | None
    revision: int | None


def source(body: msgspec.Raw, query: wire.ImportQuery) -> Source:
    """What is to be imported: the body itself where the query names a format, else what the body holds.

    Raises: Malformed, Misplaced.
    """
    if not isinstance(query.format, msgspec.UnsetType):
        named = None if query.format == "auto" else query.format
        return Source(content=bytes(body), format=named, revision=query.revision)
    asked: wire.ImportRequest = decoded(bytes(body), wire.ImportRequest, decode_json)
    revision = query.revision if asked.revision is None else asked.revision
    return Source(content=_document(asked.document), format=asked.format, revision=revision)


def _document(raw: msgspec.Raw) -> bytes:
    """The file: JSON as it stands, or what a JSON text holds, where the file is no JSON."""
    document = bytes(raw)
    if not document.lstrip().startswith(b'"'):
        return document
    text: str = decoded(document, str, decode_json)
    return text.encode()


def import_reply(plan: ImportPlan, *, applied: int | None, show: int) -> wire.Import:
    """What an import does; ``applied`` is the revision that it made, None for a preview."""
    return wire.Import(
        applied=applied is not None,
        format=plan.format,  # type: ignore[arg-type]  # one of the formats by the domain's own table
        revision=plan.revision if applied is None else applied,
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
        providers_created=plan.providers_created,
        fields=[
            wire.ImportedField(path=one.path, fate=one.fate.value, note=one.note, count=one.count)
            for one in plan.fields[:_MOST_FIELDS]
        ],
        omitted_fields=max(0, len(plan.fields) - _MOST_FIELDS),
        providers=[_provider_reply(one) for one in plan.providers[:show]],
        omitted_providers=max(0, len(plan.providers) - show),
        models=[_model_reply(one) for one in plan.models[:show]],
        omitted_models=max(0, len(plan.models) - show),
    )


def _provider_reply(plan: ProviderPlan) -> wire.ImportedProvider:
    return wire.ImportedProvider(
        key=plan.key,
        name=plan.name,
        action=plan.action,  # type: ignore[arg-type]  # one of the two by the service's own words
        created=plan.created,
        changed=plan.changed,
        unchanged=plan.unchanged,
    )


def _model_reply(plan: ModelPlan) -> wire.ImportedModel:
    return wire.ImportedModel(
        provider=plan.provider,
        upstream_name=plan.upstream_name,
        name=plan.name,
        action=plan.action,  # type: ignore[arg-type]  # as above
        changes=_changes_reply(plan.changes),
    )


def _changes_reply(changes: Mapping[str, MemberChange]) -> dict[str, wire.MemberChange]:
    before = worded({name: change.old for name, change in changes.items()})
    after = worded({name: change.new for name, change in changes.items()})
    return {name: wire.MemberChange(before=before[name], after=after[name]) for name in before}


def upgrade_reply(upgrade: CatalogueUpgrade) -> wire.Upgrade:
    """How the workspace differs from the catalogue, or did."""
    return wire.Upgrade(
        as_of=upgrade.as_of,
        applied=upgrade.applied,
        added=list(upgrade.added),
        models=[_upgraded_reply(one) for one in upgrade.models],
        gone=list(upgrade.gone),
    )


def _upgraded_reply(upgrade: ModelUpgrade) -> wire.UpgradedModel:
    return wire.UpgradedModel(
        external_id=upgrade.external_id,
        name=upgrade.name,
        changes=_changes_reply(upgrade.changed),
        kept=_changes_reply(upgrade.kept),
    )
