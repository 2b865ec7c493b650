"""``armillary catalog``: imports with a preview, and upgrades of the catalogue that comes with Armillary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from armillary.cli.context import administer, begin, inside, progress, screen
from armillary.domain.access import Principal
from armillary.domain.accounts import Workspace
from armillary.domain.changes import MemberChange
from armillary.domain.errors import InvalidRequest
from armillary.server.settings import Settings
from armillary.services import catalogue, imports
from armillary.services.catalogue import CatalogueUpgrade
from armillary.services.imports import ImportPlan, ImportResult
from armillary.services.wiring import Wiring

#: How many changed models a preview shows before it only counts them.
_SHOWN = 20


def run_import(chosen: Settings, file: Path, *, form: str | None, dry_run: bool, workspace: str) -> None:
    """Show what the file would change, and change exactly that unless it is a dry run."""
    content = _content(file)
    console = screen()

    async def work(wiring: Wiring, caller: Principal) -> ImportPlan | ImportResult:
        within = await inside(wiring, caller, workspace)
        now = datetime.now(UTC)
        preview = await imports.plan(wiring.db, within, content, form, at=now)
        _show_preview(console, preview)
        if dry_run:
            return preview
        with progress(f"Importing {file.name}") as step:
            return await imports.apply(wiring.db, within, preview, progress=step, at=now)

    done = begin(chosen, work)
    if isinstance(done, ImportPlan):
        console.print("Dry run: nothing was changed.")
        return
    plan = done.plan
    console.print(
        f"Imported: {plan.providers_created} providers and {plan.created} models created, "
        f"{plan.changed} models changed, {plan.unchanged} unchanged."
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise InvalidRequest("file", f"{file} cannot be read ({exc.strerror})") from exc


def _show_preview(console: Console, plan: ImportPlan) -> None:
    fields = Table("becomes", "how", "count", title=f"Every field of this {plan.format} file")
    fields.add_column("field", overflow="fold", no_wrap=False)
    for field in plan.fields:
        fields.add_row(field.fate.value, field.note, f"{field.count:,}", field.path)
    console.print(fields)
    changed = [model for model in plan.models if model.changes]
    for model in changed[:_SHOWN]:
        console.print(f"  {model.provider}/{model.upstream_name}: {_told(model.changes)}", highlight=False)
    if len(changed) > _SHOWN:
        console.print(f"  … and {len(changed) - _SHOWN} more models would change")
    console.print(
        f"{len(plan.providers)} providers ({plan.providers_created} new); models: {plan.created} to create, "
        f"{plan.changed} to change, {plan.unchanged} unchanged."
    )


def run_upgrade(chosen: Settings, *, dry_run: bool) -> None:
    """Show for each workspace what the catalogue changes there, and what it leaves alone."""

    async def work(wiring: Wiring, caller: Principal) -> Iterable[tuple[Workspace, CatalogueUpgrade]]:
        return await catalogue.upgrade_all(wiring.db, caller, apply=not dry_run, at=datetime.now(UTC))

    console = screen()
    for workspace, upgrade in administer(chosen, work):
        _show_upgrade(console, workspace, upgrade)
    if dry_run:
        console.print("Dry run: nothing was changed.")


def _show_upgrade(console: Console, workspace: Workspace, upgrade: CatalogueUpgrade) -> None:
    counts = f"{len(upgrade.added)} added, {len(upgrade.changed)} changed, {len(upgrade.gone)} no longer in it"
    console.print(f"[bold]{workspace.name}[/]: catalogue as of {upgrade.as_of}: {counts}")
    for name in upgrade.added:
        console.print(f"  + {name}", highlight=False)
    for model in upgrade.models:
        if model.changed:
            console.print(f"  ~ {model.external_id}: {_told(model.changed)}", highlight=False)
        if model.kept:
            console.print(f"  = {model.external_id}: edited by hand, kept: {_told(model.kept)}", highlight=False)
    for name in upgrade.gone:
        console.print(f"  ? {name}: left as it is", highlight=False)


def _told(changes: Mapping[str, MemberChange]) -> str:
    return ", ".join(f"{name} {_plain(change.old)} → {_plain(change.new)}" for name, change in changes.items())


def _plain(value: object) -> str:
    return msgspec.json.encode(value).decode()
