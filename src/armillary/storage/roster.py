"""The roster of a workspace as rows: its members, and the API keys that reach it. Lists are sorted by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from uuid import UUID

from armillary.domain.access import Role
from armillary.domain.accounts import Member, Profile
from armillary.domain.assemblies import Slot
from armillary.domain.roster import ROLE_ROWS, ROLES, Entry, RosterQuery, role_of, standing, word_of
from armillary.storage.columns import identity, moment, optional_identity
from armillary.storage.database import Reading, Row, Value, Writing
from armillary.storage.filters import containing, one_of
from armillary.storage.profiles import read_profile
from armillary.storage.rows import keepable

Kind = Literal["sqlite", "postgresql"]

_BY_CODE_POINT = {"sqlite": "", "postgresql": ' COLLATE "C"'}
_AT_ONCE = 500
#: A key acts as itself, whatever else its profile may be: what it is stands with the key.
_ROSTER = """
    SELECT p.*, m.role, m.active, m.added_at FROM members m JOIN profiles p ON p.id = m.profile
    WHERE m.workspace = :workspace AND p.kind <> 'api_key'
    UNION ALL
    SELECT p.*, k.role, k.enabled AS active, k.created_at AS added_at
    FROM api_keys k JOIN profiles p ON p.id = k.profile
    WHERE k.account = (SELECT account FROM workspaces WHERE id = :workspace)
        AND (k.all_workspaces = 1 OR EXISTS (
            SELECT 1 FROM api_key_workspaces a WHERE a.api_key = k.id AND a.workspace = :workspace))
"""
_CHOSEN = f"""LEFT JOIN profile_links c ON c.owner = e.id AND c.workspace = :workspace
    AND c.slot = '{Slot.ROLES.value}' AND c.place = 0"""
_FROM = f"FROM ({_ROSTER}) AS e {_CHOSEN}"


async def by_ids(reading: Reading, workspace: UUID, ids: Iterable[UUID]) -> dict[UUID, Entry]:
    """Those of the profiles that are on the roster, active or not."""
    found: dict[UUID, Entry] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        chosen = one_of("id", [one.hex for one in wanted[start : start + _AT_ONCE]], values)
        sql = f"SELECT e.*, c.target AS chosen {_FROM} WHERE e.{chosen}"
        found |= {one.member.profile.id: one for one in _entries(workspace, await reading.all(sql, **values))}
    return found


async def page(reading: Reading, kind: Kind, workspace: UUID, query: RosterQuery) -> list[Entry]:
    """Whom the query asks for, by name in code-point order, then by id."""
    if query.none or not keepable(query.text):
        return []
    conditions, values = _asked(workspace, query)
    sql = f"""SELECT e.*, c.target AS chosen {_FROM} WHERE {conditions}
        ORDER BY e.name{_BY_CODE_POINT[kind]}, e.id LIMIT :limit OFFSET :offset"""
    return _entries(workspace, await reading.all(sql, **values, limit=query.limit, offset=query.offset))


async def count(reading: Reading, workspace: UUID, query: RosterQuery) -> int:
    """How many the query asks for, on all pages."""
    if query.none or not keepable(query.text):
        return 0
    conditions, values = _asked(workspace, query)
    row = await reading.first(f"SELECT count(*) AS total {_FROM} WHERE {conditions}", **values)
    return 0 if row is None else row["total"]


async def owners(reading: Reading, workspace: UUID) -> set[UUID]:
    """Who may do everything here, and may enter."""
    rows = await reading.all(
        f"SELECT e.id FROM ({_ROSTER}) AS e WHERE e.role = '{Role.OWNER.value}' AND e.active = 1",  # noqa: S608  as above
        workspace=workspace.hex,
    )
    return {identity(row["id"]) for row in rows}


async def department_counts(reading: Reading, workspace: UUID) -> dict[UUID, int]:
    """How many of the roster belong to each department that any does."""
    rows = await reading.all(
        f"""SELECT l.target, count(*) AS total FROM profile_links l
        WHERE l.workspace = :workspace AND l.slot = '{Slot.DEPARTMENTS.value}'
            AND l.owner IN (SELECT e.id FROM ({_ROSTER}) AS e) GROUP BY l.target""",  # noqa: S608  as above
        workspace=workspace.hex,
    )
    return {identity(row["target"]): row["total"] for row in rows}


async def word_counts(reading: Reading, workspace: UUID) -> dict[str, int]:
    """How many of the roster there are of each role, by the contract's word."""
    rows = await reading.all(
        f"SELECT e.role, c.target AS chosen, count(*) AS total {_FROM} GROUP BY e.role, c.target",
        workspace=workspace.hex,
    )
    counts: dict[str, int] = {}
    for row in rows:
        word = _word(Role(row["role"]), optional_identity(row["chosen"]))
        counts[word] = counts.get(word, 0) + row["total"]
    return counts


async def holders(reading: Reading, account: UUID, emails: Iterable[str]) -> dict[str, UUID]:
    """Those of the addresses, all in lower case, that a person of the account has, and whose each is."""
    found: dict[str, UUID] = {}
    wanted = list(dict.fromkeys(emails))
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"account": account.hex}
        chosen = one_of("email", wanted[start : start + _AT_ONCE], values)
        sql = f"SELECT email, id FROM profiles WHERE account = :account AND kind = 'user' AND {chosen} ORDER BY id DESC"  # noqa: S608  as above
        found |= {row["email"]: identity(row["id"]) for row in await reading.all(sql, **values)}
    return found


async def elsewhere(reading: Reading, workspace: UUID, profiles: Iterable[UUID]) -> set[UUID]:
    """Those of the profiles that are members of another workspace as well."""
    found: set[UUID] = set()
    wanted = sorted({one.hex for one in profiles})
    for start in range(0, len(wanted), _AT_ONCE):
        values: dict[str, Value] = {"workspace": workspace.hex}
        chosen = one_of("profile", wanted[start : start + _AT_ONCE], values)
        sql = f"SELECT DISTINCT profile FROM members WHERE workspace <> :workspace AND {chosen}"  # noqa: S608  as above
        found |= {identity(row["profile"]) for row in await reading.all(sql, **values)}
    return found


async def save_profiles(tx: Writing, profiles: Iterable[Profile]) -> None:
    """The profiles have these names and addresses."""
    rows: list[Mapping[str, Value]] = [
        {"id": one.id.hex, "account": one.account.hex, "name": one.name, "email": one.email} for one in profiles
    ]
    await tx.run_many("UPDATE profiles SET name = :name, email = :email WHERE id = :id AND account = :account", rows)


def _asked(workspace: UUID, query: RosterQuery) -> tuple[str, dict[str, Value]]:
    values: dict[str, Value] = {"workspace": workspace.hex}
    conditions = ["1 = 1"]
    if query.text:
        conditions.append(containing(("e.name", "e.email"), query.text, values))
    if query.departments:
        named = one_of("target", [one.hex for one in query.departments], values)
        conditions.append(
            "EXISTS (SELECT 1 FROM profile_links l WHERE l.owner = e.id AND l.workspace = :workspace"  # noqa: S608  as above
            f" AND l.slot = '{Slot.DEPARTMENTS.value}' AND l.{named})"
        )
    if query.words:
        ways = [_of_word(number, word, values) for number, word in enumerate(dict.fromkeys(query.words))]
        conditions.append(f"({' OR '.join(ways)})")
    return " AND ".join(conditions), values


def _of_word(number: int, word: str, values: dict[str, Value]) -> str:
    """A condition that holds for whom ``_word`` tells this word of."""
    role = ROLES.get(word)
    if role is None:
        return "1 = 0"
    values[f"role_{number}"] = role.value
    chosen = _bound(f"word_{number}", [row.id.hex for row in ROLE_ROWS if word_of(row) == word], values)
    if word_of(standing(role)) != word:
        return f"(e.role = :role_{number} AND c.target IN ({chosen}))"
    others = [row.id.hex for row in ROLE_ROWS if role_of(row) is role and word_of(row) != word]
    if not others:
        return f"e.role = :role_{number}"
    excluded = _bound(f"other_{number}", others, values)
    return f"(e.role = :role_{number} AND (c.target IS NULL OR c.target NOT IN ({excluded})))"


def _bound(name: str, texts: list[str], values: dict[str, Value]) -> str:
    names = [f"{name}_{place}" for place in range(len(texts))]
    values.update(zip(names, texts, strict=True))
    return ", ".join(f":{one}" for one in names)


def _word(role: Role, chosen: UUID | None) -> str:
    rows = (row for row in ROLE_ROWS if row.id == chosen and role_of(row) is role)
    return word_of(next(rows, standing(role)))


def _entries(workspace: UUID, rows: Iterable[Row]) -> list[Entry]:
    return [
        Entry(
            member=Member(
                workspace=workspace,
                profile=read_profile(row),
                role=Role(row["role"]),
                added_at=moment(row["added_at"]),
                active=row["active"] == 1,
            ),
            chosen=optional_identity(row["chosen"]),
        )
        for row in rows
    ]
