"""The Artifacts dialect (v5): records assembled by draft, search, bulk and CSV.

Source: contracts/artifacts.md.
"""

from __future__ import annotations

from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Router
from armillary.dialects.artifacts import bodies, credentials, errors
from armillary.dialects.artifacts.routes import (
    agents,
    context,
    departments,
    docs,
    drafts,
    exports,
    models,
    profiles,
    providers,
    resources,
    uploads,
)
from armillary.dialects.artifacts.schemas.problems import Problem

__all__ = ["dialect"]

_router = Router()
_router.include(
    models.router,
    providers.router,
    departments.router,
    agents.router,
    profiles.router,
    context.router,
    resources.router,
    drafts.router,
    exports.router,
    docs.router,
    uploads.router,
)
docs.told.include(_router)

dialect = Dialect(
    name="artifacts",
    title="Artifacts",
    description=(
        "Model records by draft, search, bulk and CSV, and what they are assembled from. Every operation is a `POST`, "
        "save the drafts' `PATCH`; send the key as `X-Api-Key`, as `Authorization: Bearer`, or both."
    ),
    # operations at the root state ``prefixes=("",)``
    prefixes=("/api/v5",),
    router=_router,
    token=credentials.token,
    further=credentials.further,
    workspace=credentials.workspace,
    refuse=errors.refuse,
    error=Problem,
    decode=bodies.decode,
    empty_body=b"",
    unserved_root=uploads.UNSERVED,
    any_origin=True,
)
