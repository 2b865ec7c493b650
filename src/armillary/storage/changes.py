"""The trail of every write, as rows: appended with what they tell of, never altered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from armillary.domain.changes import Action, Change, ChangeQuery, Document
from armillary.domain.ids import uuid7
from armillary.storage.columns import identity, instant, moment, packed, unpacked
from armillary.storage.database import Reading, Row, Value, Writing

_INSERT = """
    INSERT INTO changes
        (id, account, workspace, kind, entity, action, actor, dialect, reason, request_id, before, after, at)
    VALUES
        (:id, :account, :workspace, :kind, :entity, :action, :actor, :dialect, :reason, :request_id, :before,
         :after, :at)
"""
_IN_WORKSPACE = "workspace = :workspace"
_IN_ACCOUNT = "account = :account AND workspace IS NULL"


async def insert(tx: Writing, change: Change) -> None:
    """Append one record."""
    await tx.run(_INSERT, **_values(change))


async def insert_many(tx: Writing, changes: Sequence[Change]) -> None:
    """Append records."""
    await tx.run_many(_INSERT, [_values(change) for change in changes])


async def page(reading: Reading, workspace: UUID, query: ChangeQuery) -> list[Change]:
    """The workspace's records, newest first."""
    rows = await reading.all(_walk(_IN_WORKSPACE, query), workspace=workspace.hex, **_bound(query))
    return [_change(row) for row in rows]


async def page_with_account(reading: Reading, workspace: UUID, account: UUID, query: ChangeQuery) -> list[Change]:
    """The workspace's records and those of the account itself, newest first."""
    # two walks of one index each, merged: an OR over both would read and sort every record
    sql = f"""
        SELECT * FROM ({_walk(_IN_WORKSPACE, query)}) AS inside
        UNION ALL SELECT * FROM ({_walk(_IN_ACCOUNT, query)}) AS above
        ORDER BY id DESC LIMIT :limit
    """  # noqa: S608  fragments of this module; values are bound
    rows = await reading.all(sql, workspace=workspace.hex, account=account.hex, **_bound(query))
    return [_change(row) for row in rows]


def _walk(where: str, query: ChangeQuery) -> str:
    conditions = [where, *(_CONDITIONS[name] for name in _bound(query) if name in _CONDITIONS)]
    return f"SELECT * FROM changes WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT :limit"  # noqa: S608  as above


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# a record's id holds its instant, so that a span of time is a range of the index
_CONDITIONS = {
    "kind": "kind = :kind",
    "entity": "entity = :entity",
    "actor": "actor = :actor",
    "action": "action = :action",
    "dialect": "dialect = :dialect",
    "since": "id >= :since",
    "until": "id < :until",
    "before": "id < :before",
}


def _bound(query: ChangeQuery) -> dict[str, Value]:
    values: dict[str, Value | None] = {
        "kind": query.kind or None,
        "entity": _hex(query.entity),
        "actor": _hex(query.actor),
        "action": query.action.value if query.action else None,
        "dialect": query.dialect or None,
        "since": _first_id(query.since),
        "until": _first_id(query.until),
        "before": _hex(query.before),
        "limit": query.limit,
    }
    return {name: value for name, value in values.items() if value is not None}


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


def _first_id(at: datetime | None) -> str | None:
    # an id cannot tell of times before 1970, and no record is older
    return None if at is None else uuid7(max(at, _EPOCH), bytes(8)).hex


def _values(change: Change) -> dict[str, Value]:
    return {
        "id": change.id.hex,
        "account": change.account.hex,
        "workspace": _hex(change.workspace),
        "kind": change.kind,
        "entity": change.entity.hex,
        "action": change.action.value,
        "actor": change.actor.hex,
        "dialect": change.dialect,
        "reason": change.reason,
        "request_id": change.request_id,
        "before": None if change.before is None else packed(change.before),
        "after": None if change.after is None else packed(change.after),
        "at": instant(change.at),
    }


def _change(row: Row) -> Change:
    return Change(
        id=identity(row["id"]),
        account=identity(row["account"]),
        workspace=identity(row["workspace"]) if row["workspace"] else None,
        kind=row["kind"],
        entity=identity(row["entity"]),
        action=Action(row["action"]),
        actor=identity(row["actor"]),
        dialect=row["dialect"],
        reason=row["reason"],
        request_id=row["request_id"],
        before=_document(row["before"]),
        after=_document(row["after"]),
        at=moment(row["at"]),
    )


def _document(text: str | None) -> Document | None:
    if text is None:
        return None
    document: dict[str, Any] = unpacked(text)
    return document
