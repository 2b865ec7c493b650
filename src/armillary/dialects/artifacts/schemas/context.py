"""Who the caller is. Source: contracts/artifacts.md, 3.6."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from armillary.dialects.artifacts.schemas.base import Body, Reply


class ContextRequest(Body, frozen=True, kw_only=True):
    """In which of the caller's departments it acts; null for the primary one."""

    department_id: UUID | None = None


class Context(Reply, frozen=True, kw_only=True):
    """The caller's profile, its role and its departments; what this server has no word for is null."""

    id: UUID
    name: str
    role: str
    active: bool
    role_artifacts: list[str] | None = None
    scoped_roles: list[Any] | None = None
    department_ids: list[UUID]
    primary_department_id: UUID | None
    settings_id: UUID | None = None
    theme: str | None = None
    session_id: UUID
    is_emulation: bool | None = None
    emulation_depth: int | None = None
    role_resources: list[Any] | None = None
