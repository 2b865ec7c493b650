"""Armillary's own API: what no vendor's API can say.

Prices over time, change records, impact, the resolver's reasons, imports, and what an operator alone may set.
Contract: the document that this package's operations write, at ``/openapi/native.json``; design.md decides its form:
resource-shaped, snake_case, prefixed ids, cursor pages, RFC 9457 errors.
"""

from __future__ import annotations

import msgspec

from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Router
from armillary.dialects.native import access, bodies
from armillary.dialects.native.errors import MEDIA_TYPE, refuse
from armillary.dialects.native.routes import (
    changes,
    defaults,
    drafts,
    imports,
    keys,
    models,
    providers,
    resolutions,
    workspaces,
)
from armillary.dialects.native.schemas.problems import Problem

router = Router()
router.include(
    models.router,
    defaults.router,
    resolutions.router,
    drafts.router,
    imports.router,
    changes.router,
    providers.router,
    workspaces.router,
    keys.router,
)

dialect = Dialect(
    name="native",
    title="Armillary",
    description=(
        "What no vendor's API can say: prices over time, change records, who uses a model, why a call takes the model "
        "it takes, imports with a preview. Lists are paged by `cursor`; errors are RFC 9457 problems with a stable "
        "`code`. Name the workspace in `X-Workspace-Id`, where your key reaches several."
    ),
    prefixes=("/armillary/v1",),
    router=router,
    token=access.token,
    workspace=access.workspace,
    refuse=refuse,
    error=Problem,
    reason=access.reason,
    decode=bodies.decode,
    encoder=msgspec.json.Encoder(),
    error_media_type=MEDIA_TYPE,
)
