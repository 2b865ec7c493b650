"""What a path or a body means by an id: the id itself, or what its external id finds.

Source: contracts/cadenya.md, 1.3.
"""

from __future__ import annotations

from uuid import UUID

from armillary.dialects._kit.calls import Call
from armillary.dialects.cadenya.mapping import ids
from armillary.domain.accounts import ApiKey
from armillary.domain.models import Registered
from armillary.domain.providers import Provider
from armillary.services import api_keys, models, providers


async def model(call: Call, text: str) -> Registered:
    """The model that the text names. Raises: PermissionDenied, NotFound, Conflict (``ambiguous``)."""
    named = ids.reference("model", text)
    if isinstance(named, UUID):
        return await models.read(call.db, call.caller, named)
    return await models.find(call.db, call.caller, named)


async def model_id(call: Call, text: str) -> UUID:
    """The id of the model that the text names, for a caller who changes it. Raises: as ``model``."""
    call.caller.require("models:manage")
    named = ids.reference("model", text)
    return named if isinstance(named, UUID) else (await models.find(call.db, call.caller, named)).model.id


async def provider(call: Call, text: str) -> Provider:
    """The provider that the text names. Raises: PermissionDenied, NotFound."""
    named = ids.reference("provider", text)
    if isinstance(named, UUID):
        return await providers.read(call.db, call.caller, named)
    return await providers.find(call.db, call.caller, named)


async def provider_id(call: Call, text: str) -> UUID:
    """The id of the provider that the text names, for a caller who changes it. Raises: PermissionDenied, NotFound."""
    call.caller.require("models:manage")
    named = ids.reference("provider", text)
    return named if isinstance(named, UUID) else (await providers.find(call.db, call.caller, named)).id


def workspace(call: Call, text: str) -> UUID:
    """The account's workspace that the text names, be it archived or out of the caller's reach. Raises: NotFound."""
    return call.grant.find(ids.workspace_reference(text))


async def api_key(call: Call, text: str, *, within: UUID | None = None) -> ApiKey:
    """The API key that the text names, ``within`` a workspace that it reaches. Raises: PermissionDenied, NotFound."""
    return await api_keys.read(call.db, call.caller, ids.reference("api_key", text), within=within)


async def api_key_id(call: Call, text: str, *, within: UUID | None = None) -> UUID:
    """The id of the API key that the text names, for a caller who changes it. Raises: PermissionDenied, NotFound."""
    call.caller.require("api_keys:manage")
    return (await api_key(call, text, within=within)).id
