"""Cadenya's API: models available to a workspace, provider keys, workspaces, API keys and the account.

Source: contracts/cadenya.md, sections 1 to 3 and 6 to 7; what sections 4 and 5 list answers 501.
"""

from __future__ import annotations

import msgspec

from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Router
from armillary.dialects.cadenya import access, spellings, unserved
from armillary.dialects.cadenya.errors import refuse
from armillary.dialects.cadenya.routes import (
    accounts,
    api_keys,
    members,
    models,
    old_api_keys,
    provider_keys,
    workspaces,
)
from armillary.dialects.cadenya.schemas.statuses import Status

_router = Router()
_router.include(
    models.router,
    provider_keys.router,
    workspaces.router,
    members.router,
    accounts.router,
    api_keys.router,
    old_api_keys.router,
)

dialect = Dialect(
    name="cadenya",
    title="Armillary in Cadenya's dialect",
    description="The models available to a workspace, AI provider keys, workspaces, API keys and the account, for "
    "existing Cadenya clients.",
    prefixes=("/v1",),
    router=_router,
    token=access.token,
    workspace=access.workspace,
    refuse=refuse,
    error=Status,
    decode=spellings.decode,
    query=spellings.query,
    encoder=msgspec.json.Encoder(decimal_format="string"),
    unserved=tuple(unserved.templates()),
)
