"""What became of each item of a bulk call. Source: contracts/artifacts.md, 2.3 to 2.6.

A batch of which one item fails is stored by no part: judge by whether every result has an id, not by ``success``.
"""

from __future__ import annotations

from uuid import UUID

from armillary.dialects.artifacts.schemas.base import Reply


class FieldError(Reply, frozen=True, kw_only=True):
    """What is wrong with one member of an item."""

    field: str
    message: str


class ResultItem(Reply, frozen=True, kw_only=True):
    """What became of one item; ``errors`` is null where it is sound."""

    success: bool
    message: str
    errors: list[FieldError] | None


class ModelResultItem(ResultItem, frozen=True, kw_only=True):
    """What became of one model."""

    model_id: UUID | None


class ProviderResultItem(ResultItem, frozen=True, kw_only=True):
    """What became of one provider."""

    provider_id: UUID | None


class DepartmentResultItem(ResultItem, frozen=True, kw_only=True):
    """What became of one department."""

    department_id: UUID | None


class AgentResultItem(ResultItem, frozen=True, kw_only=True):
    """What became of one agent."""

    agent_id: UUID | None


class ProfileResultItem(ResultItem, frozen=True, kw_only=True):
    """What became of one profile."""

    profile_id: UUID | None


class Duplicated(Reply, frozen=True, kw_only=True):
    """A copy was made."""

    success: bool
    message: str


class Deleted(Reply, frozen=True, kw_only=True):
    """One thing was deleted."""

    success: bool
    message: str


class Refreshed(Reply, frozen=True, kw_only=True):
    """What was read anew, and what of a client's cache is to be let go."""

    success: bool
    refreshed_views: list[str]
    invalidated_tags: list[str]
