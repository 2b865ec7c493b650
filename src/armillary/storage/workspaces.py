"""Workspaces, as rows; every statement is bounded by an account."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from armillary.domain.accounts import Workspace, WorkspaceQuery, WorkspaceStatus
from armillary.domain.errors import AlreadyExists, NotFound
from armillary.storage import settings
from armillary.storage.columns import identity, instant, moment, optional_hex, optional_identity, packed, unpacked
from armillary.storage.database import Reading, Row, UniqueViolated, Value, Writing
from armillary.storage.filters import one_of, with_labels

_COUNTER = "workspaces_made"


async def next_number(tx: Writing) -> int:
    """The ordinal of the workspace that this transaction adds."""
    return await settings.counted(tx, _COUNTER)


async def insert(tx: Writing, workspace: Workspace) -> None:
    """Add a workspace. Raises: AlreadyExists."""
    try:
        await tx.run(
            "INSERT INTO workspaces (id, number, account, name, description, status, labels, external_id,"
            " default_model, default_chosen, created_by, created_at, updated_at) VALUES (:id, :number, :account,"
            " :name, :description, :status, :labels, :external_id, :default_model, :default_chosen, :created_by,"
            " :created_at, :updated_at)",
            number=workspace.number,
            account=workspace.account.hex,
            default_model=optional_hex(workspace.default_model),
            default_chosen=int(workspace.default_chosen),
            created_by=workspace.created_by.hex,
            created_at=instant(workspace.created_at),
            **_stated(workspace),
        )
    except UniqueViolated as taken:
        raise AlreadyExists("workspace", "this external id") from taken


async def save(tx: Writing, workspace: Workspace) -> None:
    """Keep what may be said of a workspace: names, labels, status. Raises: AlreadyExists."""
    try:
        await tx.run(
            "UPDATE workspaces SET name = :name, description = :description, status = :status, labels = :labels,"
            " external_id = :external_id, updated_at = :updated_at WHERE id = :id",
            **_stated(workspace),
        )
    except UniqueViolated as taken:
        raise AlreadyExists("workspace", "this external id") from taken


async def by_id(reading: Reading, account: UUID, workspace: UUID) -> Workspace:
    """One workspace. Raises: NotFound, for another account's as for none at all."""
    row = await reading.first(
        "SELECT * FROM workspaces WHERE id = :id AND account = :account", id=workspace.hex, account=account.hex
    )
    return _found(row, workspace)


async def locked(tx: Writing, account: UUID, workspace: UUID) -> Workspace:
    """Read one workspace, and keep others from changing it meanwhile. Raises: NotFound."""
    row = await tx.first(
        "SELECT * FROM workspaces WHERE id = :id AND account = :account {for_update}",
        id=workspace.hex,
        account=account.hex,
    )
    return _found(row, workspace)


async def page(reading: Reading, account: UUID, query: WorkspaceQuery) -> list[Workspace]:
    """The account's workspaces that the query asks for."""
    if query.only is not None and not query.only:
        return []
    values: dict[str, Value] = {"account": account.hex, "limit": query.limit}
    conditions = ["account = :account", *with_labels(query.labels, values)]
    if query.only is not None:
        conditions.append(one_of("id", [workspace.hex for workspace in query.only], values))
    if not query.include_archived:
        conditions.append("status <> 'archived'")
    if query.after is not None:
        conditions.append("number < :after" if query.newest_first else "number > :after")
        values["after"] = query.after
    order = "DESC" if query.newest_first else "ASC"
    sql = f"SELECT * FROM workspaces WHERE {' AND '.join(conditions)} ORDER BY number {order} LIMIT :limit"  # noqa: S608  fragments of ours; values are bound
    return [_workspace(row) for row in await reading.all(sql, **values)]


async def of_account(reading: Reading, account: UUID) -> list[Workspace]:
    """All of the account's workspaces, archived ones too, oldest first."""
    rows = await reading.all("SELECT * FROM workspaces WHERE account = :account ORDER BY number", account=account.hex)
    return [_workspace(row) for row in rows]


async def existing(reading: Reading, account: UUID, named: Collection[UUID]) -> set[UUID]:
    """Those of the named workspaces that the account has."""
    if not named:
        return set()
    values: dict[str, Value] = {"account": account.hex}
    chosen = one_of("id", [workspace.hex for workspace in named], values)
    rows = await reading.all(f"SELECT id FROM workspaces WHERE account = :account AND {chosen}", **values)  # noqa: S608  as above
    return {identity(row["id"]) for row in rows}


async def count_enabled(reading: Reading, account: UUID) -> int:
    """How many of the account's workspaces may be entered."""
    row = await reading.first(
        "SELECT count(*) AS enabled FROM workspaces WHERE account = :account AND status = 'enabled'",
        account=account.hex,
    )
    return int(row["enabled"]) if row else 0


def _stated(workspace: Workspace) -> dict[str, Value]:
    return {
        "id": workspace.id.hex,
        "name": workspace.name,
        "description": workspace.description,
        "status": workspace.status.value,
        "labels": packed(dict(workspace.labels)),
        "external_id": workspace.external_id or None,
        "updated_at": instant(workspace.updated_at),
    }


def _found(row: Row | None, workspace: UUID) -> Workspace:
    if row is None:
        raise NotFound("workspace", workspace)
    return _workspace(row)


def _workspace(row: Row) -> Workspace:
    return Workspace(
        id=identity(row["id"]),
        number=row["number"],
        account=identity(row["account"]),
        name=row["name"],
        description=row["description"],
        status=WorkspaceStatus(row["status"]),
        labels=unpacked(row["labels"]),
        external_id=row["external_id"] or "",
        default_model=optional_identity(row["default_model"]),
        default_chosen=bool(row["default_chosen"]),
        created_by=identity(row["created_by"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        revision=row["revision"],
    )
