"""Imports: a file of many providers and models, previewed and then applied exactly as previewed.

An imported provider gets the file's id as its external id, no credential, and takes models made by hand as well. Its
models come in as *discovered*: somebody else listed them, as a provider's own listing would. So they start disabled,
a caller may adopt them, the first sync with a key shows which of them are stale, and no later import takes back what
was edited by hand. A provider that exists keeps its name, address and credential: these are the workspace's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import msgspec

from armillary.domain.access import Principal
from armillary.domain.changes import Change, MemberChange, member_changes
from armillary.domain.errors import Conflict, InvalidRequest, Stale
from armillary.domain.imports import (
    FORMATS,
    SHEET,
    FieldAccount,
    ImportedModel,
    ImportedProvider,
    ImportFile,
    is_sheet,
    merged,
    read,
    read_sheet,
)
from armillary.domain.labels import free
from armillary.domain.models import Model, Source, checked, document, refreshed
from armillary.domain.providers import Management, Provider
from armillary.domain.providers import checked as checked_provider
from armillary.domain.providers import document as provider_document
from armillary.services import catalogue, records, sheets
from armillary.services.ids import new_id
from armillary.storage import models as store
from armillary.storage import providers, revisions
from armillary.storage.database import Database, Reading, Writing

#: What one file may hold; the public catalogue of July 2026 has 3 MB.
MOST_BYTES = 64 * 2**20
#: How many models are written between two reports of progress, and before others get their turn.
_CHUNK = 250
_SCOPE = "catalogue:manage"
_JSON = msgspec.json.Decoder(float_hook=Decimal)
#: Told of how many models are done, and of how many in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPlan:
    """What the import does with one model: it is ``created``, or some members are ``changed``.

    ``provider`` is the provider's key in the file; ``changes`` holds the members as change records show them.
    """

    provider: str
    upstream_name: str
    name: str
    action: str
    changes: Mapping[str, MemberChange] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPlan:
    """What the import does with one provider (``created`` or ``existing``), and how many of its models it does what."""

    key: str
    name: str
    action: str
    created: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """A preview: what applying the file would do to the workspace as it was at ``revision``.

    ``models`` holds those that are created or changed, ``fields`` what becomes of every field of the file.
    """

    format: str
    revision: int
    providers: tuple[ProviderPlan, ...]
    models: tuple[ModelPlan, ...]
    fields: tuple[FieldAccount, ...]
    file: ImportFile = field(repr=False)

    @property
    def created(self) -> int:
        """How many models are created."""
        return sum(provider.created for provider in self.providers)

    @property
    def changed(self) -> int:
        """How many models are changed."""
        return sum(provider.changed for provider in self.providers)

    @property
    def unchanged(self) -> int:
        """How many models stay as they are."""
        return sum(provider.unchanged for provider in self.providers)

    @property
    def providers_created(self) -> int:
        """How many providers are created."""
        return sum(provider.action == "created" for provider in self.providers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What was done, and the revision that it made; where nothing was to be done, the one it found."""

    revision: int
    plan: ImportPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One provider of the file beside what the workspace has of it; pairs are models before and after.

    A sheet's models are in ``sheet`` as well, and may have no provider.
    """

    key: str
    provider: Provider | None
    is_new: bool = False
    created: tuple[Model, ...] = ()
    changed: tuple[tuple[Model, Model], ...]
    unchanged: int
    sheet: sheets.Share | None = None

    @property
    def is_idle(self) -> bool:
        return not (self.is_new or self.created or self.changed)


async def plan(
    db: Database, caller: Principal, content: bytes, format_name: str | None = None, *, at: datetime
) -> ImportPlan:
    """What importing the file would do; nothing is written.

    Args:
        db: where the registry is.
        caller: into whose workspace.
        content: the file.
        format_name: one of ``domain.imports.FORMATS``; None to tell it by the content.
        at: when.

    Raises: PermissionDenied, InvalidRequest naming the place in the file, Conflict (``managed``).
    """
    caller.require(_SCOPE)
    file = await asyncio.to_thread(_parsed, content, format_name)
    revision, steps = await _seen(db, caller, file, at=at)
    return await asyncio.to_thread(_told, file, steps, revision)


async def apply(  # noqa: PLR0913  what may be said of an import
    db: Database,
    caller: Principal,
    source: ImportPlan | bytes,
    format_name: str | None = None,
    *,
    revision: int | None = None,
    progress: Progress | None = None,
    at: datetime,
) -> ImportResult:
    """Import a file in one transaction, exactly as its preview says.

    Args:
        db: where the registry is.
        caller: into whose workspace.
        source: the preview; or the file itself.
        format_name: as for ``plan``, of a file.
        revision: of which the caller saw a preview of the file; a plan brings its own. None takes the registry as it
            is by then.
        progress: told of how many models are written.
        at: when.

    Raises: PermissionDenied, InvalidRequest, Conflict (``managed``), Stale where the registry moved since the preview.
    """
    caller.require(_SCOPE)
    file = source.file if isinstance(source, ImportPlan) else await asyncio.to_thread(_parsed, source, format_name)
    expected = source.revision if isinstance(source, ImportPlan) else revision
    found, steps = await _seen(db, caller, file, at=at)
    if expected is not None and expected != found:
        raise Stale("registry")
    if all(step.is_idle for step in steps):
        return ImportResult(revision=found, plan=await asyncio.to_thread(_told, file, steps, found))
    async with db.writing() as tx:
        raised = await revisions.raised(tx, caller.workspace)
        if found != raised - 1:  # somebody wrote since; from here on nobody else can
            if expected is not None:
                raise Stale("registry")
            steps = await _compared(tx, caller, file, at=at)
        await _write(tx, caller, file, steps, raised, progress=progress or _unheard, at=at)
    return ImportResult(revision=raised, plan=await asyncio.to_thread(_told, file, steps, raised - 1))


def _unheard(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


def _parsed(content: bytes, format_name: str | None) -> ImportFile:
    """The file, read; a large one takes a second, and a thread of its own."""
    if len(content) > MOST_BYTES:
        raise InvalidRequest("", f"the file has more than {MOST_BYTES // 2**20} MB")
    if format_name == SHEET or (format_name is None and is_sheet(content)):
        return read_sheet(content)
    if format_name is not None and format_name not in FORMATS:
        raise InvalidRequest("format", f"is one of {', '.join(FORMATS)}")
    try:
        return read(_JSON.decode(content), format_name)
    except msgspec.DecodeError as exc:
        raise InvalidRequest("", f"the file is not JSON: {exc}") from exc
    except UnicodeDecodeError as exc:
        raise InvalidRequest("", "the file is not UTF-8") from exc
    except RecursionError as exc:
        raise InvalidRequest("", "the file is nested too deeply") from exc


async def _seen(db: Database, caller: Principal, file: ImportFile, *, at: datetime) -> tuple[int, list[_Step]]:
    """The registry's revision, and what the file would do to it."""
    async with db.reading() as reading:
        revision, _ = await revisions.current(reading, caller.workspace)
        return revision, await _compared(reading, caller, file, at=at)


async def _compared(reading: Reading, caller: Principal, file: ImportFile, *, at: datetime) -> list[_Step]:
    if file.format == SHEET:
        return [_sheet_step(one) for one in await sheets.compared(reading, caller, file.rows, at=at)]
    there = {one.external_id: one for one in await providers.of_workspace(reading, caller.workspace)}
    steps: list[_Step] = []
    for imported in file.providers:
        provider = there.get(imported.key)
        if provider is not None and provider.managed:
            raise Conflict("managed", f"the platform manages the provider {imported.key}: nothing is imported into it")
        held = [] if provider is None else await store.originals(reading, caller.workspace, provider.id)
        steps.append(await asyncio.to_thread(_step, caller, imported, provider, held, at=at))
    return steps


def _sheet_step(of: sheets.Share) -> _Step:
    return _Step(
        key="" if of.provider is None else of.provider.external_id or str(of.provider.id),
        provider=of.provider,
        changed=tuple((one.before, one.after) for one in of.altered),
        unchanged=of.unchanged,
        sheet=of,
    )


def _step(
    caller: Principal, imported: ImportedProvider, provider: Provider | None, held: Sequence[Model], *, at: datetime
) -> _Step:
    serving = provider or _provider(caller, imported, at=at)
    named = {model.upstream_name: model for model in held}
    taken = {model.external_id for model in held}
    created: list[Model] = []
    pairs: list[tuple[Model, Model]] = []
    for told in imported.models:
        before = named.get(told.upstream_name)
        if before is not None:
            pairs.append((before, _refreshed(before, told, at=at)))
            continue
        model = _model(caller, serving, told, external_id=free(told.external_id, taken), at=at)
        taken.add(model.external_id)
        created.append(model)
    changed = tuple((before, after) for before, after in pairs if before != after)
    return _Step(
        key=imported.key,
        provider=serving,
        is_new=provider is None,
        created=tuple(created),
        changed=changed,
        unchanged=len(pairs) - len(changed),
    )


def _provider(caller: Principal, imported: ImportedProvider, *, at: datetime) -> Provider:
    provider = Provider(
        id=new_id(at),
        workspace=caller.workspace,
        name=imported.name,
        driver=imported.driver,
        base_url=imported.base_url,
        management=Management.CUSTOMIZABLE,
        external_id=imported.key,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
    )
    try:
        return checked_provider(provider)
    except InvalidRequest as exc:
        raise _placed(exc, imported.key) from exc


def _model(caller: Principal, provider: Provider, told: ImportedModel, *, external_id: str, at: datetime) -> Model:
    """The new model: what the file leaves open, the catalogue fills in."""
    known = catalogue.facts_of(provider.driver, told.upstream_name)
    members = {"name": told.name, "description": known.get("description", ""), **merged(known, told)}
    model = Model(
        id=new_id(at),
        seq=0,
        workspace=caller.workspace,
        provider=provider.id,
        upstream_name=told.upstream_name,
        source=Source.DISCOVERED,
        external_id=external_id,
        created_by=caller.profile,
        created_at=at,
        updated_at=at,
        last_seen_at=at,
        **members,
    )
    try:
        return checked(model)
    except InvalidRequest as exc:
        raise _placed(exc, told.place) from exc


def _refreshed(before: Model, told: ImportedModel, *, at: datetime) -> Model:
    known = {"tags": before.tags, "details": before.details, "facts": before.facts}
    try:
        return refreshed(before, merged(known, told), at=at)
    except InvalidRequest as exc:
        raise _placed(exc, told.place) from exc


def _placed(refusal: InvalidRequest, place: str) -> InvalidRequest:
    return InvalidRequest(f"{place}.{refusal.field}", refusal.sentence)


def _told(file: ImportFile, steps: Sequence[_Step], revision: int) -> ImportPlan:
    return ImportPlan(
        format=file.format,
        revision=revision,
        providers=tuple(_provider_plan(step) for step in steps),
        models=tuple(model for step in steps for model in _model_plans(step)),
        fields=file.fields,
        file=file,
    )


def _provider_plan(step: _Step) -> ProviderPlan:
    return ProviderPlan(
        key=step.key,
        name="" if step.provider is None else step.provider.name,
        action="created" if step.is_new else "existing",
        created=len(step.created),
        changed=len(step.changed),
        unchanged=step.unchanged,
    )


def _model_plans(step: _Step) -> Iterator[ModelPlan]:
    key = step.key
    for model in step.created:
        yield ModelPlan(provider=key, upstream_name=model.upstream_name or "", name=model.name, action="created")
    for before, after in step.changed:
        changes = member_changes(document(before), document(after))
        name = after.upstream_name or ""
        yield ModelPlan(provider=key, upstream_name=name, name=after.name, action="changed", changes=changes)


async def _write(  # noqa: PLR0913  as ``apply``
    tx: Writing,
    caller: Principal,
    file: ImportFile,
    steps: Sequence[_Step],
    revision: int,
    *,
    progress: Progress,
    at: datetime,
) -> None:
    await records.claimed(tx, caller, at=at)
    because = replace(caller, reason=caller.reason or f"import of a {file.format} file")
    if file.format == SHEET:
        found = [step.sheet for step in steps if step.sheet is not None]
        await sheets.write(tx, because, found, revision=revision, progress=progress, at=at)
        return
    new = [step.provider for step in steps if step.is_new and step.provider is not None]
    await _insert_providers(tx, because, new, revision, at=at)
    created = [model for step in steps for model in step.created]
    pairs = [pair for step in steps for pair in step.changed]
    total = len(created) + len(pairs)
    progress(0, total)
    seqs = await store.next_seqs(tx, caller.workspace, len(created))
    for start in range(0, len(created), _CHUNK):
        chunk = zip(created[start : start + _CHUNK], seqs[start : start + _CHUNK], strict=True)
        models = [replace(model, seq=seq, revision=revision) for model, seq in chunk]
        await _insert(tx, because, models, at=at)
        progress(start + len(models), total)
    for start in range(0, len(pairs), _CHUNK):
        changed = [(before, replace(after, revision=revision)) for before, after in pairs[start : start + _CHUNK]]
        await _save(tx, because, changed, at=at)
        progress(len(created) + start + len(changed), total)


async def _insert_providers(
    tx: Writing, caller: Principal, made: Sequence[Provider], revision: int, *, at: datetime
) -> None:
    for provider in made:
        await providers.insert(tx, replace(provider, revision=revision))
    told = ((provider.id, provider_document(provider)) for provider in made)
    await records.many(tx, [records.creation(caller, "provider", one, after, at=at) for one, after in told])


async def _insert(tx: Writing, caller: Principal, models: Sequence[Model], *, at: datetime) -> None:
    await store.insert_many(tx, models, by=caller.profile)
    await records.many(tx, await asyncio.to_thread(_creations, caller, models, at=at))


def _creations(caller: Principal, models: Sequence[Model], *, at: datetime) -> list[Change]:
    return [records.creation(caller, "model", model.id, document(model), at=at) for model in models]


async def _save(tx: Writing, caller: Principal, pairs: Sequence[tuple[Model, Model]], *, at: datetime) -> None:
    await store.save_many(tx, pairs, by=caller.profile, at=at)
    altered = [
        records.alteration(caller, "model", after.id, document(before), document(after), at=at)
        for before, after in pairs
    ]
    await records.many(tx, altered)
