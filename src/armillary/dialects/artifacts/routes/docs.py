"""What each kind says of itself. Source: contracts/artifacts.md, 2.9; 3.3 to 3.6 for the other kinds."""

from __future__ import annotations

from uuid import UUID

from armillary.dialects._kit.calls import Call
from armillary.dialects._kit.operations import POST, Router
from armillary.dialects.artifacts.mapping.docs import composed
from armillary.dialects.artifacts.schemas.docs import ComposedDocs, DocsRequest
from armillary.domain.assemblies import Kind
from armillary.services.assemblies.names import name

router = Router()


#: Every operation of the dialect: the package includes them here once they are all declared.
told = Router()


async def _docs(call: Call, kind: Kind, thing: UUID | None) -> ComposedDocs:
    return composed(kind, told.operations, "" if thing is None else await name(call.db, call.caller, kind, thing))


@router.operation(POST, "/artifacts/models/docs", scope="models:read")
async def get_model_docs_endpoint(call: Call, body: DocsRequest) -> ComposedDocs:
    """Tell what models are made of, who may do what with them, and by which operations."""
    return await _docs(call, Kind.MODEL, body.entity_id)


@router.operation(POST, "/artifacts/providers/docs", scope="models:read")
async def get_provider_docs_endpoint(call: Call, body: DocsRequest) -> ComposedDocs:
    """Tell what providers are made of, who may do what with them, and by which operations."""
    return await _docs(call, Kind.PROVIDER, body.entity_id)


@router.operation(POST, "/artifacts/departments/docs", scope="models:read")
async def get_department_docs_endpoint(call: Call, body: DocsRequest) -> ComposedDocs:
    """Tell what departments are made of, who may do what with them, and by which operations."""
    return await _docs(call, Kind.DEPARTMENT, body.entity_id)


@router.operation(POST, "/artifacts/agents/docs", scope="agents:read")
async def get_agent_docs_endpoint(call: Call, body: DocsRequest) -> ComposedDocs:
    """Tell what agents are made of, who may do what with them, and by which operations."""
    return await _docs(call, Kind.AGENT, body.entity_id)


@router.operation(POST, "/artifacts/profiles/docs", scope="models:read")
async def get_profile_docs_endpoint(call: Call, body: DocsRequest) -> ComposedDocs:
    """Tell what profiles are made of, who may do what with them, and by which operations."""
    return await _docs(call, Kind.PROFILE, body.entity_id)
