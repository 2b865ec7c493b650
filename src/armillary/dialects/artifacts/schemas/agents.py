"""Agents. Source: contracts/artifacts.md, 3.5."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from armillary.dialects.artifacts.schemas.base import MOST_ITEMS, Body, Ids, Offset, PageSize, Reply, Text, Texts
from armillary.dialects.artifacts.schemas.filters import FilterSection, Search
from armillary.dialects.artifacts.schemas.results import AgentResultItem, Deleted, Duplicated
from armillary.dialects.artifacts.schemas.sections import (
    DepartmentSection,
    DescriptionSection,
    EmptySection,
    FlagSection,
    ModelSection,
    NameSection,
    QualitySection,
    ReasoningLevelSection,
    TemperatureLevelSection,
    VoiceSection,
)

# Get


class GetAgentRequest(Body, frozen=True, kw_only=True):
    """Which agent to show in its form; null for the form of a new one."""

    agent_id: UUID | None = None
    draft_id: UUID | None = None


class GetAgentResponse(Reply, frozen=True, kw_only=True):
    """An agent's form. ``prompts``, ``instructions``, ``tools`` and ``rubrics`` are always empty."""

    actor_name: str | None
    agent_exists: bool | None
    can_edit: bool | None
    disabled_reason: str | None
    draft_version: int | None
    group_id: UUID | None
    basic_show_ai_generate: bool | None = False
    general_show_ai_generate: bool | None = False
    names: NameSection | None
    descriptions: DescriptionSection | None
    models: ModelSection | None
    prompts: EmptySection | None
    instructions: EmptySection | None
    flags: FlagSection | None
    departments: DepartmentSection | None
    tools: EmptySection | None
    temperature_levels: TemperatureLevelSection | None
    reasoning_levels: ReasoningLevelSection | None
    voices: VoiceSection | None
    qualities: QualitySection | None
    rubrics: EmptySection | None


# Search


class SearchAgentsRequest(Body, frozen=True, kw_only=True):
    """What to find: any of each filter, all of the filters and the text. No agent has tools, so those find none."""

    search: Search | None = None
    filter_department_ids: Ids | None = None
    filter_model_ids: Ids | None = None
    filter_tool_ids: Ids | None = None
    department_search: Search | None = None
    model_search: Search | None = None
    tool_search: Search | None = None
    page_size: PageSize | None = 12
    page_offset: Offset | None = 0


class ListAgent(Reply, frozen=True, kw_only=True):
    """An agent as a listing shows it, with the first of its models and levels; ``role`` is always null."""

    agent_id: UUID | None
    name: str | None
    description: str | None
    reasoning: str | None
    temperature: Decimal | None
    model_id: UUID | None
    model_name: str | None
    model_description: str | None
    role: str | None = None
    updated_at: datetime | None
    department_ids: list[str] | None
    can_edit: bool | None
    can_duplicate: bool | None
    can_delete: bool | None


class SearchAgentsResponse(Reply, frozen=True, kw_only=True):
    """One page of agents, and by what they may be narrowed."""

    actor_name: str | None
    agents: list[ListAgent] | None
    department_filter: FilterSection | None
    model_filter: FilterSection | None
    tool_filter: FilterSection | None
    total_count: int | None


# Create and update


class AgentItem(Body, frozen=True, kw_only=True):
    """What an agent links; an id wins over the text of the same meaning.

    ``model_ids`` takes models, the first of which is used first. ``tool_ids`` takes none; ``agent_ids`` is ignored.
    """

    name_id: UUID | None = None
    name: Text | None = None
    description_id: UUID | None = None
    description: Text | None = None
    department_ids: Ids | None = None
    departments: Texts | None = None
    flag_ids: Ids | None = None
    model_ids: Ids | None = None
    quality_ids: Ids | None = None
    reasoning_level_ids: Ids | None = None
    temperature_level_ids: Ids | None = None
    tool_ids: Ids | None = None
    voice_ids: Ids | None = None
    agent_ids: Ids | None = None


class CreateAgentItem(AgentItem, frozen=True, kw_only=True):
    """An agent to make, active unless its flags say otherwise."""

    id: UUID | None = None


class UpdateAgentItem(AgentItem, frozen=True, kw_only=True):
    """What to change of an agent: null keeps, ``[]`` removes, a list replaces."""

    agent_id: UUID


class CreateAgentsRequest(Body, frozen=True, kw_only=True):
    """Agents to make, all or none."""

    agents: Annotated[list[CreateAgentItem], Meta(max_length=MOST_ITEMS)]


class UpdateAgentsRequest(Body, frozen=True, kw_only=True):
    """Agents to change, all or none."""

    agents: Annotated[list[UpdateAgentItem], Meta(max_length=MOST_ITEMS)]


class AgentResults(Reply, frozen=True, kw_only=True):
    """What became of each item, in their order."""

    results: list[AgentResultItem]


# Duplicate and delete


class DuplicateAgentRequest(Body, frozen=True, kw_only=True):
    """Which agent to copy."""

    agent_id: UUID


class DuplicatedAgent(Duplicated, frozen=True, kw_only=True):
    """The copy's id."""

    agent_id: UUID


class DeleteAgentsRequest(Body, frozen=True, kw_only=True):
    """Which agents to delete, all or none."""

    agent_ids: Annotated[list[UUID], Meta(max_length=MOST_ITEMS)]


class DeleteAgentResult(Deleted, frozen=True, kw_only=True):
    """One agent that is gone."""

    agent_id: UUID


class DeletedAgents(Reply, frozen=True, kw_only=True):
    """The agents that are gone, in the order of the request."""

    results: list[DeleteAgentResult]


# Export


class ExportAgentsRequest(Body, frozen=True, kw_only=True):
    """Which agent to export; null: all that the caller may see."""

    agent_id: UUID | None = None
