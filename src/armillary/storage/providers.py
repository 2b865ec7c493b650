"""Providers as rows, bounded by a workspace. Whoever writes has called ``revisions.raised`` first."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from armillary.domain.assembled_providers import provider_contents
from armillary.domain.errors import AlreadyExists, NotFound
from armillary.domain.listings import ProviderQuery
from armillary.domain.providers import Provider
from armillary.storage import resources, rows
from armillary.storage.database import Reading, UniqueViolated, Value, Writing
from armillary.storage.filters import one_of, with_labels

_COLUMNS = ", ".join(rows.PROVIDER_COLUMNS)
_SELECT = f"SELECT {_COLUMNS} FROM providers"  # noqa: S608  constants of ``rows``; values are bound
_INSERT = f"INSERT INTO providers ({_COLUMNS}) VALUES ({', '.join(f':{name}' for name in rows.PROVIDER_COLUMNS)})"  # noqa: S608  as above
_KEPT = frozenset(("id", "workspace", "created_by", "created_at"))
_UPDATE = (
    f"UPDATE providers SET {', '.join(f'{name} = :{name}' for name in rows.PROVIDER_COLUMNS if name not in _KEPT)}"  # noqa: S608  as above
    " WHERE id = :id AND workspace = :workspace"
)
_TAKEN = "this external id"
#: How many ids one statement names.
_AT_ONCE = 500


async def by_id(reading: Reading, workspace: UUID, provider_id: UUID) -> Provider:
    """The provider. Raises: NotFound, for another workspace's provider as for none at all."""
    row = await reading.first(
        f"{_SELECT} WHERE id = :id AND workspace = :workspace", id=provider_id.hex, workspace=workspace.hex
    )
    if row is None:
        raise NotFound("provider", provider_id)
    return rows.provider(row)


async def by_ids(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Provider]:
    """Those of the providers that the workspace has."""
    found: dict[UUID, Provider] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        chosen = one_of("id", [one.hex for one in wanted[start : start + _AT_ONCE]], values)
        sql = f"{_SELECT} WHERE {chosen} AND workspace = :workspace"
        found |= {one.id: one for one in map(rows.provider, await reading.all(sql, **values))}
    return found


async def locked(tx: Writing, workspace: UUID, provider_id: UUID) -> Provider:
    """The provider as it stays until the transaction ends, the workspace's revision having been raised in it.

    Raises: NotFound, for another workspace's provider as for none at all.
    """
    return await by_id(tx, workspace, provider_id)


async def by_external_id(reading: Reading, workspace: UUID, external_id: str) -> Provider:
    """The provider with this external id. Raises: NotFound."""
    if not rows.keepable(external_id):
        raise NotFound("provider", external_id)
    row = await reading.first(
        f"{_SELECT} WHERE workspace = :workspace AND external_id = :external_id",
        workspace=workspace.hex,
        external_id=external_id,
    )
    if row is None:
        raise NotFound("provider", external_id)
    return rows.provider(row)


async def of_workspace(reading: Reading, workspace: UUID) -> list[Provider]:
    """Every provider, the oldest first."""
    found = await reading.all(f"{_SELECT} WHERE workspace = :workspace ORDER BY id", workspace=workspace.hex)
    return [rows.provider(row) for row in found]


async def page(reading: Reading, workspace: UUID, query: ProviderQuery) -> list[Provider]:
    """The providers that the query asks for, at most ``query.limit``.

    A workspace has few, so that texts are compared here, by the same rules on either database.
    """
    values: dict[str, Value] = {"workspace": workspace.hex}
    conditions = ["workspace = :workspace"]
    if query.after is not None:
        values["after"] = query.after.hex
        conditions.append("id < :after" if query.newest_first else "id > :after")
    if query.managed is not None:
        values["managed"] = int(query.managed)
        conditions.append("managed = :managed")
    conditions += with_labels(query.labels, values)
    order = "DESC" if query.newest_first else "ASC"
    sql = f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY id {order}"
    if not (query.text or query.prefix):
        return [rows.provider(row) for row in await reading.all(f"{sql} LIMIT :limit", **values, limit=query.limit)]
    found = map(rows.provider, await reading.all(sql, **values))
    return list(islice((provider for provider in found if _fits(provider, query)), query.limit))


def _fits(provider: Provider, query: ProviderQuery) -> bool:
    name, external_id = rows.folded(provider.name), rows.folded(provider.external_id)
    text, prefix = rows.folded(query.text), rows.folded(query.prefix)
    if not any(text in part for part in (name, external_id, rows.folded(provider.driver))):
        return False
    if query.id_range is not None and query.id_range[0] <= provider.id <= query.id_range[1]:
        return True
    return name.startswith(prefix) or external_id.startswith(prefix)


async def holder(reading: Reading, provider: Provider) -> UUID | None:
    """Which other provider has the external id that this one is to have."""
    row = await reading.first(
        "SELECT id FROM providers WHERE workspace = :workspace AND external_id = :external_id AND id <> :id",
        workspace=provider.workspace.hex,
        external_id=provider.external_id,
        id=provider.id.hex,
    )
    return None if row is None else UUID(hex=row["id"])


async def insert(tx: Writing, provider: Provider) -> None:
    """Keep a new provider. Raises: AlreadyExists."""
    try:
        await tx.run(_INSERT, **rows.provider_values(provider))
    except UniqueViolated as exc:
        raise AlreadyExists("provider", _TAKEN) from exc
    await _keep_said(tx, provider)


async def save(tx: Writing, provider: Provider) -> None:
    """Keep the provider as it is now. Raises: AlreadyExists."""
    values = {name: value for name, value in rows.provider_values(provider).items() if name not in _GIVEN_ONCE}
    try:
        await tx.run(_UPDATE, **values)
    except UniqueViolated as exc:
        raise AlreadyExists("provider", _TAKEN) from exc
    await _keep_said(tx, provider)


async def _keep_said(tx: Writing, provider: Provider) -> None:
    """Whatever it says has a canonical row, so that it can be told by an id."""
    await resources.keep(tx, provider.workspace, provider_contents(provider), at=provider.updated_at)


_GIVEN_ONCE = frozenset(("created_by", "created_at"))


async def forget_credentials(tx: Writing, workspace: UUID, ids: Iterable[UUID]) -> None:
    """These have no credential any more: what goes to the archive takes none along, since no key is rotated there."""
    await tx.run_many(
        "UPDATE providers SET credential = NULL, sealed = NULL WHERE id = :id AND workspace = :workspace",
        [{"id": one.hex, "workspace": workspace.hex} for one in ids],
    )


async def delete(tx: Writing, workspace: UUID, provider_id: UUID) -> None:
    """The provider is gone; its models went before it. Raises: NotFound."""
    if not await tx.run(
        "DELETE FROM providers WHERE id = :id AND workspace = :workspace", id=provider_id.hex, workspace=workspace.hex
    ):
        raise NotFound("provider", provider_id)
