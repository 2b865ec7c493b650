"""Drafts on the wire: what an editor sends to be kept, what it has to adopt, and what it is listed.

Source: contracts/artifacts.md, 2.7, 2.8 and 3.3 to 3.6. What a form links is called by the singular where it is one id,
and by the plural in listings, always.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from armillary.dialects.artifacts.schemas.base import Body, Ids, Reply, Text

#: What a JSON number holds exactly in every client, less the one that a save adds.
_LAST_VERSION = 2**53 - 2

_Version = Annotated[int, Meta(ge=0, le=_LAST_VERSION, description="The version that the editor has seen.")]
#: For lists that the vendor has and that nothing here can be linked by.
_Ignored = Annotated[Ids, Meta(description="Ignored: there is nothing of the kind here to link.")]


# What is sent


class SaveDraft(Body, frozen=True, kw_only=True):
    """The whole form: what it leaves out is empty in the draft.

    Without `input_draft_id`, or with one that there is not, a new draft begins; else `expected_version` is that of the
    draft, or nothing is written. A text is made into a row where its id is null.
    """

    input_draft_id: UUID | None = None
    expected_version: _Version | None = None
    name: Text | None = None
    name_id: UUID | None = None


class SaveModelDraft(SaveDraft, frozen=True, kw_only=True):
    """A model's whole form."""

    description: Text | None = None
    description_id: UUID | None = None
    flag_ids: Ids | None = None
    department_ids: Ids | None = None
    modality_ids: Ids | None = None
    pricing_ids: Ids | None = None
    provider_ids: Ids | None = None
    quality_ids: Ids | None = None
    reasoning_level_ids: Ids | None = None
    temperature_level_ids: Ids | None = None
    value_ids: Ids | None = None
    voice_ids: Ids | None = None


class SaveProviderDraft(SaveDraft, frozen=True, kw_only=True):
    """A provider's whole form."""

    description: Text | None = None
    description_id: UUID | None = None
    flag_id: UUID | None = None
    department_ids: Ids | None = None
    endpoint_ids: Ids | None = None
    key_ids: _Ignored | None = None
    value_ids: Ids | None = None


class SaveDepartmentDraft(SaveDraft, frozen=True, kw_only=True):
    """A department's whole form."""

    description: Text | None = None
    description_id: UUID | None = None
    flag_id: UUID | None = None
    settings_ids: _Ignored | None = None


class SaveAgentDraft(SaveDraft, frozen=True, kw_only=True):
    """An agent's whole form."""

    description: Text | None = None
    description_id: UUID | None = None
    flag_ids: Ids | None = None
    department_ids: Ids | None = None
    model_ids: Ids | None = None
    quality_ids: Ids | None = None
    reasoning_level_ids: Ids | None = None
    temperature_level_ids: Ids | None = None
    tool_ids: _Ignored | None = None
    voice_ids: Ids | None = None


class SaveProfileDraft(SaveDraft, frozen=True, kw_only=True):
    """A profile's whole form; `email` becomes a row after those of `email_ids`."""

    email: Text | None = None
    email_ids: Ids | None = None
    flag_id: UUID | None = None
    department_ids: Ids | None = None
    role_ids: Ids | None = None
    request_limit_id: Annotated[UUID, Meta(description="Ignored: there are no such limits here.")] | None = None


# What the editor has to adopt


class FormState(Reply, frozen=True, kw_only=True):
    """What the draft holds now, texts turned into rows."""

    name_id: UUID | None


class ModelDraftFormState(FormState, frozen=True, kw_only=True):
    """What a model's draft holds now."""

    description_id: UUID | None
    flag_ids: list[UUID]
    department_ids: list[UUID]
    modality_ids: list[UUID]
    pricing_ids: list[UUID]
    provider_ids: list[UUID]
    quality_ids: list[UUID]
    reasoning_level_ids: list[UUID]
    temperature_level_ids: list[UUID]
    value_ids: list[UUID]
    voice_ids: list[UUID]


class ProviderDraftFormState(FormState, frozen=True, kw_only=True):
    """What a provider's draft holds now."""

    description_id: UUID | None
    flag_id: UUID | None
    department_ids: list[UUID]
    endpoint_ids: list[UUID]
    key_ids: list[UUID] = field(default_factory=list)
    value_ids: list[UUID]


class DepartmentDraftFormState(FormState, frozen=True, kw_only=True):
    """What a department's draft holds now."""

    description_id: UUID | None
    flag_id: UUID | None
    settings_ids: list[UUID] = field(default_factory=list)


class AgentDraftFormState(FormState, frozen=True, kw_only=True):
    """What an agent's draft holds now."""

    description_id: UUID | None
    flag_ids: list[UUID]
    department_ids: list[UUID]
    model_ids: list[UUID]
    quality_ids: list[UUID]
    reasoning_level_ids: list[UUID]
    temperature_level_ids: list[UUID]
    tool_ids: list[UUID] = field(default_factory=list)
    voice_ids: list[UUID]


class ProfileDraftFormState(FormState, frozen=True, kw_only=True):
    """What a profile's draft holds now."""

    email_ids: list[UUID]
    flag_id: UUID | None
    department_ids: list[UUID]
    role_ids: list[UUID]
    request_limit_id: UUID | None = None


class SavedDraft(Reply, frozen=True, kw_only=True):
    """The draft was saved, as this version."""

    success: bool
    draft_id: UUID
    new_version: int
    message: str


class SavedModelDraft(SavedDraft, frozen=True, kw_only=True):
    """A model's draft was saved."""

    form_state: ModelDraftFormState | None


class SavedProviderDraft(SavedDraft, frozen=True, kw_only=True):
    """A provider's draft was saved."""

    form_state: ProviderDraftFormState | None


class SavedDepartmentDraft(SavedDraft, frozen=True, kw_only=True):
    """A department's draft was saved."""

    form_state: DepartmentDraftFormState | None


class SavedAgentDraft(SavedDraft, frozen=True, kw_only=True):
    """An agent's draft was saved."""

    form_state: AgentDraftFormState | None


class SavedProfileDraft(SavedDraft, frozen=True, kw_only=True):
    """A profile's draft was saved."""

    form_state: ProfileDraftFormState | None


# What is listed


class DraftEntry(Reply, frozen=True, kw_only=True):
    """A draft of the acting profile."""

    id: UUID
    version: int
    created_at: datetime
    generated: bool
    mcp: bool
    active: bool
    group_id: UUID
    session_id: UUID
    name_ids: list[UUID]
    profile_ids: list[UUID]


class GetModelDraftResponse(DraftEntry, frozen=True, kw_only=True):
    """A model's draft."""

    department_ids: list[UUID]
    description_ids: list[UUID]
    flag_ids: list[UUID]
    modality_ids: list[UUID]
    pricing_ids: list[UUID]
    provider_ids: list[UUID]
    quality_ids: list[UUID]
    reasoning_level_ids: list[UUID]
    temperature_level_ids: list[UUID]
    value_ids: list[UUID]
    voice_ids: list[UUID]


class GetProviderDraftResponse(DraftEntry, frozen=True, kw_only=True):
    """A provider's draft."""

    department_ids: list[UUID]
    description_ids: list[UUID]
    endpoint_ids: list[UUID]
    flag_ids: list[UUID]
    key_ids: list[UUID] = field(default_factory=list)
    value_ids: list[UUID]


class GetDepartmentDraftResponse(DraftEntry, frozen=True, kw_only=True):
    """A department's draft."""

    description_ids: list[UUID]
    flag_ids: list[UUID]
    settings_ids: list[UUID] = field(default_factory=list)


class GetAgentDraftResponse(DraftEntry, frozen=True, kw_only=True):
    """An agent's draft."""

    department_ids: list[UUID]
    description_ids: list[UUID]
    flag_ids: list[UUID]
    model_ids: list[UUID]
    quality_ids: list[UUID]
    reasoning_level_ids: list[UUID]
    temperature_level_ids: list[UUID]
    tool_ids: list[UUID] = field(default_factory=list)
    voice_ids: list[UUID]


class GetProfileDraftResponse(DraftEntry, frozen=True, kw_only=True):
    """A profile's draft."""

    department_ids: list[UUID]
    email_ids: list[UUID]
    flag_ids: list[UUID]
    role_ids: list[UUID]


class ModelDrafts(Reply, frozen=True, kw_only=True):
    """One's own drafts of models, those begun last first."""

    entries: list[GetModelDraftResponse] | None


class ProviderDrafts(Reply, frozen=True, kw_only=True):
    """One's own drafts of providers, those begun last first."""

    entries: list[GetProviderDraftResponse] | None


class DepartmentDrafts(Reply, frozen=True, kw_only=True):
    """One's own drafts of departments, those begun last first."""

    entries: list[GetDepartmentDraftResponse] | None


class AgentDrafts(Reply, frozen=True, kw_only=True):
    """One's own drafts of agents, those begun last first."""

    entries: list[GetAgentDraftResponse] | None


class ProfileDrafts(Reply, frozen=True, kw_only=True):
    """One's own drafts of profiles, those begun last first."""

    entries: list[GetProfileDraftResponse] | None
