"""What a kind of thing says of itself: written from the kinds, their slots and the declared operations.

The tables, the view and their operations are the contract's words for what is kept, not this server's own tables: its
clients show them to people. Source: contracts/artifacts.md, 2.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from inspect import cleandoc
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec

from armillary.dialects._kit.operations import Operation
from armillary.dialects.artifacts.mapping.items import MEMBERS
from armillary.dialects.artifacts.mapping.rows import ROWS
from armillary.dialects.artifacts.schemas import docs as wire
from armillary.dialects.artifacts.schemas import resources as rows
from armillary.dialects.artifacts.schemas.base import Reply
from armillary.domain.assemblies import RESOURCES, SLOTS, Kind, Slot

_DASH = "\N{EM DASH}"
#: Python's word for a member's type -> storage's.
_STORED: dict[Any, str] = {
    UUID: "uuid",
    str: "text",
    bool: "boolean",
    int: "integer",
    Decimal: "numeric",
    datetime: "timestamp with time zone",
}
_THINGS: dict[Slot, type[rows.Row]] = {
    Slot.PROVIDERS: rows.ProviderRow,
    Slot.DEPARTMENTS: rows.DepartmentRow,
    Slot.MODELS: rows.ModelRow,
}
#: The operations of a kind by the last segment of their paths, in the order in which they are told.
_TOLD = ("get", "search", "create", "update", "duplicate", "delete", "draft", "export", "drafts", "docs", "refresh")
_FIRST = (Slot.NAMES, Slot.DESCRIPTIONS)


class Kept(Reply, frozen=True, kw_only=True):
    """What a thing itself is, beside its links."""

    created_at: datetime
    updated_at: datetime
    id: UUID
    generated: bool
    mcp: bool
    active: bool


class Drafted(Reply, frozen=True, kw_only=True):
    """What a draft itself is, beside its links."""

    id: UUID
    version: int
    created_at: datetime
    generated: bool
    mcp: bool
    active: bool
    group_id: UUID
    session_id: UUID


class Link(Reply, frozen=True, kw_only=True):
    """What a link itself is, beside what it leads to."""

    draft_id: UUID
    created_at: datetime
    active: bool
    mcp: bool
    generated: bool


def composed(kind: Kind, operations: Iterable[Operation], name: str) -> wire.ComposedDocs:
    """Everything about the kind; ``operations`` are all that the dialect has, ``name`` is that of the page's thing."""
    return msgspec.structs.replace(_composed(kind, tuple(operations)), page_metadata=_pages(kind, name))


@lru_cache(maxsize=len(Kind))
def _composed(kind: Kind, operations: tuple[Operation, ...]) -> wire.ComposedDocs:
    # written once: the schemas of all that a kind's operations answer take tens of milliseconds
    slots = _slots(kind)
    linked = ", ".join(slot.value.replace("_", " ") for slot in slots)
    return wire.ComposedDocs(
        name=kind,
        type="artifact",
        description=f"A {kind} is assembled from what it links: {linked}. What it links is shared and never edited.",
        artifact=_artifact(kind),
        entries=[_drafts(kind, slots)],
        resources=[_resource(slot) for slot in slots],
        permissions=_permissions(kind),
        api_operations=[_told(one) for one in _of_kind(kind, operations)],
        page_metadata=None,
    )


def _slots(kind: Kind) -> list[Slot]:
    """The kind's slots: the name and the description first, the others by their words."""
    return sorted(SLOTS[kind], key=lambda slot: (_FIRST.index(slot) if slot in _FIRST else len(_FIRST), slot.value))


def _pages(kind: Kind, name: str) -> wire.PageMetadata:
    title, plural = kind.capitalize(), f"{kind}s"
    detail = f"{_DASH} {title}"
    return wire.PageMetadata(
        list=wire.PageMetaItem(title=plural.capitalize(), description=f"All {plural}, searched and narrowed."),
        detail=wire.PageMetaItem(
            title=f"{name} {detail}" if name else detail, description=f"One {kind} and what it links."
        ),
        new=wire.PageMetaItem(title=f"New {title}", description=f"Assemble a {kind}."),
    )


# What is kept


def _artifact(kind: Kind) -> wire.Docs:
    ids = _param("ids", "list[UUID]")
    mcp = _param("mcp", "bool", default=False)
    return wire.Docs(
        name=kind,
        type="artifact",
        description=f"The {kind} itself; everything that it is said to be is linked.",
        materialized_view=None,
        tables=[_table(f"{kind}_artifact", Kept)],
        operations=[
            _operation(
                f"create_{kind}",
                f"Make a {kind}, active and without links.",
                _param("id", "UUID | None", default=None),
                mcp,
                returns=Kept,
            ),
            _operation(
                f"update_{kind}",
                f"Replace what a {kind} links.",
                _param(f"{kind}_id", "UUID"),
                *(_param(f"{slot}_ids", "list[UUID] | None", default=None) for slot in map(_singular, _slots(kind))),
                mcp,
                returns=Kept,
            ),
            _operation(f"get_{kind}s", f"Read {kind}s by their ids.", ids, returns=Kept),
            _operation(f"search_{kind}s", f"Find active {kind}s by name or description.", *_paging(), returns=Kept),
            _operation(f"delete_{kind}s", f"Delete {kind}s with their links.", ids),
        ],
    )


def _drafts(kind: Kind, slots: Sequence[Slot]) -> wire.Docs:
    plural, columns = f"{kind}_drafts", _columns(Drafted)
    told = f"select {{}} from {plural}_entry where active"  # noqa: S608  shown to people, run by nobody
    connections = sorted({*(slot.value for slot in slots), "profiles"})
    named = ", ".join(column.name for column in columns)
    return wire.Docs(
        name=plural,
        type="entry",
        description=f"What editors of a {kind} saved and did not publish yet, in versions.",
        materialized_view=wire.MvInfo(name=f"{plural}_mv", definition=told.format(named), columns=columns),
        tables=[
            _table(f"{plural}_entry", Drafted),
            *(_table(f"{plural}_{one}_connection", Link, _target(one)) for one in connections),
        ],
        operations=[
            _operation(
                f"create_{kind}_draft",
                "Keep a draft with what it links.",
                _param("group_id", "UUID"),
                _param("session_id", "UUID"),
                _param("version", "int", default=1),
                *(_param(f"{one}_ids", "list[UUID] | None", default=None) for one in map(_word, connections)),
                _param("mcp", "bool", default=False),
                returns=Drafted,
            ),
            _operation(f"refresh_{plural}", "Bring the view up to date."),
            _operation(f"get_{plural}", "Read drafts by their ids.", _param("ids", "list[UUID]"), returns=Drafted),
            _operation(
                f"search_{plural}",
                "Find drafts, those begun last first.",
                _param("group_ids", "list[UUID] | None", default=None),
                _param("session_ids", "list[UUID] | None", default=None),
                _param("date_from", "datetime | None", default=None),
                _param("date_to", "datetime | None", default=None),
                _param("mcp", "bool | None", default=None),
                *_paging()[1:],
                returns=Drafted,
            ),
        ],
    )


def _resource(slot: Slot) -> wire.Docs:
    row = ROWS[RESOURCES[slot]] if slot in RESOURCES else _THINGS[slot]
    own = [one for one in _columns(row) if one.name not in Kept.__struct_fields__]
    hints = get_type_hints(row)
    return wire.Docs(
        name=slot.value,
        type="resource",
        description=cleandoc(row.__doc__ or ""),
        materialized_view=None,
        tables=[_table(f"{slot}_resource", row)],
        operations=[
            _operation(
                f"create_{_singular(slot)}",
                "Keep a row; rows are never edited.",
                *(_param(one.name, spelled(hints[one.name])) for one in own),
                _param("mcp", "bool", default=False),
                returns=row,
            ),
            _operation(f"get_{slot}", "Read rows by their ids.", _param("ids", "list[UUID]"), returns=row),
            _operation(
                f"search_{slot}",
                "Find active rows by their text.",
                *_paging(),
                _param("exclude_ids", "list[UUID] | None", default=None),
                returns=row,
            ),
        ],
    )


def _singular(slot: Slot) -> str:
    return _word(slot.value)


def _word(plural: str) -> str:
    members = MEMBERS.get(Slot(plural), ()) if plural in set(Slot) else ()
    return members[0].removesuffix("s").removesuffix("_id") if members else plural.removesuffix("s")


def _target(plural: str) -> wire.ColumnInfo:
    return wire.ColumnInfo(name=f"{_word(plural)}_id", type=_STORED[UUID], nullable=False)


def _table(name: str, record: type[msgspec.Struct], *more: wire.ColumnInfo) -> wire.TableInfo:
    return wire.TableInfo(name=name, columns=[*_columns(record), *more])


def _columns(record: type[msgspec.Struct]) -> list[wire.ColumnInfo]:
    return [_column(name, hint) for name, hint in get_type_hints(record).items()]


def _column(name: str, hint: Any) -> wire.ColumnInfo:  # noqa: ANN401  a type
    kinds = [one for one in get_args(hint) if one is not NoneType] if get_origin(hint) is UnionType else [hint]
    many = get_origin(kinds[0]) is list
    stored = _STORED[get_args(kinds[0])[0] if many else kinds[0]] + ("[]" if many else "")
    return wire.ColumnInfo(name=name, type=stored, nullable=kinds != [hint])


# What is done


def _permissions(kind: Kind) -> list[wire.OperationInfo]:
    role, own, its, used = (
        _param("role", "str"),
        _param("actor_department_ids", "list[UUID]"),
        _param(f"{kind}_department_ids", "list[UUID]"),
        _param("active_use_count", "int"),
    )
    return [
        _operation("has_access", f"Whether the actor may see the {kind}.", role, own, its),
        _operation("compute_can_edit", f"Whether the actor may change the {kind}.", role, own, its, used),
        _operation("compute_can_delete", f"Whether the actor may delete the {kind}.", role, own, its, used),
        _operation("compute_can_duplicate", f"Whether the actor may copy the {kind}.", role, own, its),
        _operation("compute_can_create", f"Whether the actor may make a {kind}.", role, own),
        _operation("compute_can_draft", f"Whether the actor may save drafts of a {kind}.", role),
    ]


def _of_kind(kind: Kind, operations: Iterable[Operation]) -> list[Operation]:
    there = {one.path: one for one in operations}
    paths = (f"/artifacts/{kind}s/{last}" for last in _TOLD)
    return [there[path] for path in paths if path in there]


def _told(operation: Operation) -> wire.OperationInfo:
    """What a declared operation takes and answers: the call itself is not told."""
    return wire.OperationInfo(
        name=operation.name,
        description=cleandoc(operation.handler.__doc__ or "").partition("\n")[0],
        params=[] if operation.body is None else _members(operation.body),
        returns=_record(operation.reply),
    )


def _members(body: type[msgspec.Struct]) -> list[wire.ParamInfo]:
    hints = get_type_hints(body)
    return [
        wire.ParamInfo(
            name=one.encode_name,
            type=spelled(hints[one.name]),
            required=one.required,
            default=None if one.required else one.default,
        )
        for one in msgspec.structs.fields(body)
    ]


def _operation(
    name: str, description: str, *params: wire.ParamInfo, returns: type[msgspec.Struct] | None = None
) -> wire.OperationInfo:
    return wire.OperationInfo(name=name, description=description, params=list(params), returns=_record(returns))


def _record(kind: Any) -> dict[str, Any] | None:  # noqa: ANN401  what a handler answers
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return None
    return {"type": kind.__name__, "schema": msgspec.json.schema(kind)}


class _Unstated:
    """Stands for the default of what must be stated."""


def _param(name: str, kind: str, *, default: object = _Unstated) -> wire.ParamInfo:
    required = default is _Unstated
    return wire.ParamInfo(name=name, type=kind, required=required, default=None if required else default)


def _paging() -> tuple[wire.ParamInfo, ...]:
    return (
        _param("search", "str | None", default=None),
        _param("limit_count", "int", default=20),
        _param("offset_count", "int", default=0),
    )


def spelled(hint: Any) -> str:  # noqa: ANN401  a type
    """The type as Python spells it, without its bounds."""
    if get_origin(hint) is Annotated:
        return spelled(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return " | ".join(map(spelled, get_args(hint)))
    if get_origin(hint) is list:
        return f"list[{spelled(get_args(hint)[0])}]"
    return "None" if hint is NoneType else str(hint.__name__)
