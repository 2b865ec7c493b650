"""API keys, as rows; every statement but the look-up by digest is bounded by an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.accounts import ApiKey, ApiKeyQuery
from armillary.domain.errors import AlreadyExists, NotFound
from armillary.storage.columns import identity, instant, moment, optional_moment, packed, unpacked
from armillary.storage.database import Reading, Row, UniqueViolated, Value, Writing
from armillary.storage.filters import containing, one_of, with_labels


async def insert(tx: Writing, key: ApiKey, digest: str) -> None:
    """Add a key and its assignments. Raises: AlreadyExists."""
    try:
        await tx.run(
            "INSERT INTO api_keys (id, account, profile, name, description, digest, scopes, role, all_workspaces,"
            " is_default, enabled, labels, external_id, created_by, created_at, updated_at) VALUES (:id, :account,"
            " :profile, :name, :description, :digest, :scopes, :role, :all_workspaces, :is_default, :enabled, :labels,"
            " :external_id, :created_by, :created_at, :updated_at)",
            account=key.account.hex,
            profile=key.profile.hex,
            digest=digest,
            role=key.role.value,
            is_default=int(key.is_default),
            created_by=key.created_by.hex,
            created_at=instant(key.created_at),
            **_stated(key),
        )
    except UniqueViolated as taken:
        raise _taken(taken) from taken
    await _assign(tx, key)


async def save(tx: Writing, before: ApiKey, after: ApiKey) -> None:
    """Keep what may be said of a key, and its assignments. Raises: AlreadyExists."""
    try:
        await tx.run(
            "UPDATE api_keys SET name = :name, description = :description, scopes = :scopes,"
            " all_workspaces = :all_workspaces, enabled = :enabled, labels = :labels, external_id = :external_id,"
            " updated_at = :updated_at WHERE id = :id",
            **_stated(after),
        )
    except UniqueViolated as taken:
        raise _taken(taken) from taken
    if before.assigned != after.assigned:
        await tx.run("DELETE FROM api_key_workspaces WHERE api_key = :id", id=after.id.hex)
        await _assign(tx, after)


async def save_digest(tx: Writing, key: ApiKey, digest: str) -> None:
    """The key has this token from now on, and its old one opens nothing. Raises: AlreadyExists."""
    try:
        await tx.run(
            "UPDATE api_keys SET digest = :digest, updated_at = :updated_at WHERE id = :id",
            digest=digest,
            updated_at=instant(key.updated_at),
            id=key.id.hex,
        )
    except UniqueViolated as taken:
        raise _taken(taken) from taken


async def save_uses(tx: Writing, uses: Mapping[UUID, int]) -> None:
    """Keep when keys were last used (microseconds since 1970); no revision hears of it."""
    # in one order, so that two processes that do this at once never wait for each other in a ring
    rows: list[Mapping[str, Value]] = [{"id": key.hex, "at": uses[key]} for key in sorted(uses)]
    await tx.run_many("UPDATE api_keys SET last_used_at = :at WHERE id = :id AND coalesce(last_used_at, 0) < :at", rows)


async def delete(tx: Writing, key: ApiKey) -> None:
    """The key is gone, and its profile is in no department any more."""
    await tx.run("DELETE FROM profile_links WHERE owner = :profile", profile=key.profile.hex)
    await tx.run("DELETE FROM api_keys WHERE id = :id", id=key.id.hex)


async def by_digest(reading: Reading, digest: str) -> tuple[ApiKey, int] | None:
    """The enabled key that a token's digest names, and its account's revision."""
    row = await reading.first(
        "SELECT k.*, a.revision AS account_revision FROM api_keys k JOIN accounts a ON a.id = k.account"
        " WHERE k.digest = :digest AND k.enabled = 1",
        digest=digest,
    )
    if row is None:
        return None
    return (await _with_assignments(reading, [row]))[0], row["account_revision"]


async def digest_of(reading: Reading, key: UUID) -> str:
    """The digest of the key's token."""
    row = await reading.first("SELECT digest FROM api_keys WHERE id = :id", id=key.hex)
    return str(row["digest"]) if row else ""


async def by_id(reading: Reading, account: UUID, key: UUID) -> ApiKey:
    """One key. Raises: NotFound, for another account's as for none at all."""
    row = await reading.first(
        "SELECT * FROM api_keys WHERE id = :id AND account = :account", id=key.hex, account=account.hex
    )
    return await _found(reading, row, key)


async def locked(tx: Writing, account: UUID, key: UUID) -> ApiKey:
    """Read one key, and keep others from changing it meanwhile. Raises: NotFound."""
    row = await tx.first(
        "SELECT * FROM api_keys WHERE id = :id AND account = :account {for_update}", id=key.hex, account=account.hex
    )
    return await _found(tx, row, key)


async def by_external_id(reading: Reading, account: UUID, external_id: str) -> ApiKey:
    """The key with this external id. Raises: NotFound."""
    row = await reading.first(
        "SELECT * FROM api_keys WHERE account = :account AND external_id = :external_id",
        account=account.hex,
        external_id=external_id,
    )
    return await _found(reading, row, external_id)


async def default(reading: Reading, account: UUID) -> ApiKey:
    """The account's own key. Raises: NotFound."""
    row = await reading.first(
        "SELECT * FROM api_keys WHERE account = :account AND is_default = 1 ORDER BY id LIMIT 1", account=account.hex
    )
    return await _found(reading, row, "default")


async def page(reading: Reading, account: UUID, query: ApiKeyQuery, *, shared_with: ApiKey | None) -> list[ApiKey]:
    """The account's keys that the query asks for.

    Where ``shared_with`` is given, only those that ``domain.accounts.visible`` shows to the holder of that key.
    """
    values: dict[str, Value] = {"account": account.hex, "limit": query.limit}
    conditions = ["account = :account", *with_labels(query.labels, values), *_asked(query, values)]
    if shared_with is not None:
        conditions.append(_SHARED)
        values |= {"mine": shared_with.id.hex, "me": shared_with.profile.hex}
    order = "DESC" if query.newest_first else "ASC"
    sql = f"SELECT * FROM api_keys WHERE {' AND '.join(conditions)} ORDER BY id {order} LIMIT :limit"  # noqa: S608  fragments of ours; values are bound
    return await _with_assignments(reading, await reading.all(sql, **values))


_SHARED = """(
    all_workspaces = 1 OR id = :mine OR created_by = :me OR EXISTS (
        SELECT 1 FROM api_key_workspaces theirs JOIN api_key_workspaces mine ON mine.workspace = theirs.workspace
        WHERE theirs.api_key = api_keys.id AND mine.api_key = :mine
    )
)"""
_REACHING = """(
    all_workspaces = 1 OR EXISTS (
        SELECT 1 FROM api_key_workspaces WHERE api_key = api_keys.id AND workspace = :workspace
    )
)"""


def _asked(query: ApiKeyQuery, values: dict[str, Value]) -> list[str]:
    conditions = []
    if query.workspace is not None:
        conditions.append(_REACHING)
        values["workspace"] = query.workspace.hex
    if query.ids is not None:
        conditions.append("id >= :first AND id <= :last")
        values |= {"first": query.ids[0].hex, "last": query.ids[1].hex}
    if query.text:
        conditions.append(containing(("name",), query.text, values))
    if query.after is not None:
        conditions.append("id < :after" if query.newest_first else "id > :after")
        values["after"] = query.after.hex
    return conditions


async def _assign(tx: Writing, key: ApiKey) -> None:
    await tx.run_many(
        "INSERT INTO api_key_workspaces (api_key, workspace) VALUES (:api_key, :workspace)",
        [{"api_key": key.id.hex, "workspace": workspace.hex} for workspace in key.assigned],
    )


async def _found(reading: Reading, row: Row | None, key: UUID | str) -> ApiKey:
    if row is None:
        raise NotFound("api_key", key)
    return (await _with_assignments(reading, [row]))[0]


async def _with_assignments(reading: Reading, rows: Sequence[Row]) -> list[ApiKey]:
    if not rows:
        return []
    values: dict[str, Value] = {}
    chosen = one_of("api_key", [row["id"] for row in rows], values)
    assigned: dict[str, list[UUID]] = {row["id"]: [] for row in rows}
    sql = f"SELECT api_key, workspace FROM api_key_workspaces WHERE {chosen} ORDER BY api_key, workspace"  # noqa: S608  as above
    for row in await reading.all(sql, **values):
        assigned[row["api_key"]].append(identity(row["workspace"]))
    return [_key(row, tuple(assigned[row["id"]])) for row in rows]


def _taken(taken: UniqueViolated) -> AlreadyExists:
    return AlreadyExists("API key", "this token" if "digest" in taken.columns else "this external id")


def _stated(key: ApiKey) -> dict[str, Value]:
    return {
        "id": key.id.hex,
        "name": key.name,
        "description": key.description,
        "scopes": packed(list(key.scopes)),
        "all_workspaces": int(key.all_workspaces),
        "enabled": int(key.enabled),
        "labels": packed(dict(key.labels)),
        "external_id": key.external_id or None,
        "updated_at": instant(key.updated_at),
    }


def _key(row: Row, assigned: tuple[UUID, ...]) -> ApiKey:
    return ApiKey(
        id=identity(row["id"]),
        account=identity(row["account"]),
        profile=identity(row["profile"]),
        name=row["name"],
        description=row["description"],
        scopes=tuple(unpacked(row["scopes"])),
        role=Role(row["role"]),
        all_workspaces=bool(row["all_workspaces"]),
        assigned=assigned,
        is_default=bool(row["is_default"]),
        enabled=bool(row["enabled"]),
        labels=unpacked(row["labels"]),
        external_id=row["external_id"] or "",
        created_by=identity(row["created_by"]),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        last_used_at=optional_moment(row["last_used_at"]),
    )
