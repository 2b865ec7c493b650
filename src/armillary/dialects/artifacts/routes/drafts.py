"""Drafts of every kind: saved in versions, and listed. Source: contracts/artifacts.md, 2.7, 2.8 and 3.3 to 3.6."""

from __future__ import annotations

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import PATCH, POST, Router
from armillary.dialects.artifacts import tags
from armillary.dialects.artifacts.mapping.drafts import entry, form, form_state, saved
from armillary.dialects.artifacts.mapping.provenance import mcp
from armillary.dialects.artifacts.schemas import drafts as wire
from armillary.domain.assemblies import Kind
from armillary.domain.drafts import Draft
from armillary.domain.errors import InvalidMembers, PermissionDenied, StaleDraft
from armillary.services import drafts

router = Router()

_SAVING = (InvalidMembers, PermissionDenied, StaleDraft)
_TAG = "drafts"


async def _saved(call: Call, kind: Kind, body: wire.SaveDraft) -> Draft:
    """The draft as it is kept, and what of a client's cache it makes old."""
    draft = await drafts.save(call.db, call.caller, kind, form(kind, body, mcp=mcp(call)), at=call.now)
    tags.invalidates(call, f"{kind}s", _TAG)
    return draft


async def _mine(call: Call, kind: Kind) -> list[Draft]:
    """The caller's own drafts, and under which tags a client may keep them."""
    found = await drafts.mine(call.db, call.caller, kind)
    tags.cached(call, f"{kind}s", _TAG)
    return found


@router.operation(PATCH, "/artifacts/models/draft", scope="models:manage", raises=_SAVING)
async def patch_model_draft(call: Call, body: wire.SaveModelDraft) -> wire.SavedModelDraft:
    """Keep what an editor has of a model: over the draft at its version, or as a new one.

    Admins and superadmins. A 409 tells the stored version, and in which members the draft differs from what was sent.
    """
    draft = await _saved(call, Kind.MODEL, body)
    return wire.SavedModelDraft(form_state=wire.ModelDraftFormState(**form_state(draft)), **saved(draft))


@router.operation(POST, "/artifacts/models/drafts", scope="models:read", raises=(PermissionDenied,))
async def get_model_drafts(call: Call) -> wire.ModelDrafts:
    """List one's own drafts of models: the twenty that were begun last."""
    return wire.ModelDrafts(entries=[wire.GetModelDraftResponse(**entry(one)) for one in await _mine(call, Kind.MODEL)])


@router.operation(PATCH, "/artifacts/providers/draft", scope="models:manage", raises=_SAVING)
async def patch_provider_draft(call: Call, body: wire.SaveProviderDraft) -> wire.SavedProviderDraft:
    """Keep what an editor has of a provider: over the draft at its version, or as a new one.

    Admins and superadmins. A 409 tells the stored version, and in which members the draft differs from what was sent.
    """
    draft = await _saved(call, Kind.PROVIDER, body)
    return wire.SavedProviderDraft(form_state=wire.ProviderDraftFormState(**form_state(draft)), **saved(draft))


@router.operation(POST, "/artifacts/providers/drafts", scope="models:read", raises=(PermissionDenied,))
async def get_provider_drafts(call: Call) -> wire.ProviderDrafts:
    """List one's own drafts of providers: the twenty that were begun last."""
    return wire.ProviderDrafts(
        entries=[wire.GetProviderDraftResponse(**entry(one)) for one in await _mine(call, Kind.PROVIDER)]
    )


@router.operation(PATCH, "/artifacts/departments/draft", scope="models:manage", raises=_SAVING)
async def patch_department_draft(call: Call, body: wire.SaveDepartmentDraft) -> wire.SavedDepartmentDraft:
    """Keep what an editor has of a department: over the draft at its version, or as a new one.

    Superadmins alone. A 409 tells the stored version, and in which members the draft differs from what was sent.
    """
    draft = await _saved(call, Kind.DEPARTMENT, body)
    return wire.SavedDepartmentDraft(form_state=wire.DepartmentDraftFormState(**form_state(draft)), **saved(draft))


@router.operation(POST, "/artifacts/departments/drafts", scope="models:read", raises=(PermissionDenied,))
async def get_department_drafts(call: Call) -> wire.DepartmentDrafts:
    """List one's own drafts of departments: the twenty that were begun last."""
    return wire.DepartmentDrafts(
        entries=[wire.GetDepartmentDraftResponse(**entry(one)) for one in await _mine(call, Kind.DEPARTMENT)]
    )


@router.operation(PATCH, "/artifacts/agents/draft", scope="agents:manage", raises=_SAVING)
async def patch_agent_draft(call: Call, body: wire.SaveAgentDraft) -> wire.SavedAgentDraft:
    """Keep what an editor has of an agent: over the draft at its version, or as a new one.

    Admins and superadmins. A 409 tells the stored version, and in which members the draft differs from what was sent.
    """
    draft = await _saved(call, Kind.AGENT, body)
    return wire.SavedAgentDraft(form_state=wire.AgentDraftFormState(**form_state(draft)), **saved(draft))


@router.operation(POST, "/artifacts/agents/drafts", scope="agents:read", raises=(PermissionDenied,))
async def get_agent_drafts(call: Call) -> wire.AgentDrafts:
    """List one's own drafts of agents: the twenty that were begun last."""
    return wire.AgentDrafts(entries=[wire.GetAgentDraftResponse(**entry(one)) for one in await _mine(call, Kind.AGENT)])


@router.operation(PATCH, "/artifacts/profiles/draft", scope="models:manage", raises=_SAVING)
async def patch_profile_draft(call: Call, body: wire.SaveProfileDraft) -> wire.SavedProfileDraft:
    """Keep what an editor has of a profile: over the draft at its version, or as a new one.

    Admins and superadmins. A 409 tells the stored version, and in which members the draft differs from what was sent.
    """
    draft = await _saved(call, Kind.PROFILE, body)
    return wire.SavedProfileDraft(form_state=wire.ProfileDraftFormState(**form_state(draft)), **saved(draft))


@router.operation(POST, "/artifacts/profiles/drafts", scope="models:read", raises=(PermissionDenied,))
async def get_profile_drafts(call: Call) -> wire.ProfileDrafts:
    """List one's own drafts of profiles: the twenty that were begun last."""
    return wire.ProfileDrafts(
        entries=[wire.GetProfileDraftResponse(**entry(one)) for one in await _mine(call, Kind.PROFILE)]
    )
