"""What a kind of thing says of itself. Source: contracts/artifacts.md, 2.9."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from armillary.dialects.artifacts.schemas.base import Body, Reply


class DocsRequest(Body, frozen=True, kw_only=True):
    """Whose name the page's title is to begin with."""

    entity_id: UUID | None = None


class ColumnInfo(Reply, frozen=True, kw_only=True):
    """One column."""

    name: str
    type: str
    nullable: bool


class TableInfo(Reply, frozen=True, kw_only=True):
    """One table."""

    name: str
    columns: list[ColumnInfo]


class MvInfo(Reply, frozen=True, kw_only=True):
    """One materialized view."""

    name: str
    definition: str
    columns: list[ColumnInfo]


class ParamInfo(Reply, frozen=True, kw_only=True):
    """One parameter; ``default`` is null where it must be stated."""

    name: str
    type: str
    required: bool
    default: Any


class OperationInfo(Reply, frozen=True, kw_only=True):
    """One operation; ``returns`` names a record and its schema, and is null where none is returned."""

    name: str
    description: str
    params: list[ParamInfo]
    returns: dict[str, Any] | None


class Docs(Reply, frozen=True, kw_only=True):
    """One kind of record: where it is kept, and what is done with it."""

    name: str
    type: str
    description: str
    materialized_view: MvInfo | None
    tables: list[TableInfo]
    operations: list[OperationInfo]


class PageMetaItem(Reply, frozen=True, kw_only=True):
    """What a page is called."""

    title: str
    description: str


class PageMetadata(Reply, frozen=True, kw_only=True):
    """What the pages of a kind are called."""

    list: PageMetaItem
    detail: PageMetaItem
    new: PageMetaItem


class ComposedDocs(Reply, frozen=True, kw_only=True):
    """Everything about a kind of thing: itself, its drafts, what it links, who may do what, and the API."""

    name: str
    type: str
    description: str
    artifact: Docs | None
    entries: list[Docs]
    resources: list[Docs]
    permissions: list[OperationInfo]
    api_operations: list[OperationInfo]
    page_metadata: PageMetadata | None
