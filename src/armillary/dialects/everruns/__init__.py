"""The Everruns dialect: models and providers, as ``everruns-sdk`` and the vendor's reference know them.

Source: contracts/everruns.md, sections 1, 2.1, 3.1 and 3.2.
"""

from __future__ import annotations

from armillary.dialects._kit.dialects import Dialect
from armillary.dialects._kit.operations import Router
from armillary.dialects.everruns import credentials, errors, reasons
from armillary.dialects.everruns.mapping import links
from armillary.dialects.everruns.routes import models, providers
from armillary.dialects.everruns.schemas.problems import Problem
from armillary.dialects.everruns.unserved import UNSERVED, UNSERVED_FIRST

__all__ = ["dialect"]

_router = Router()
_router.include(models.router, providers.router)

dialect = Dialect(
    name="everruns",
    title="Everruns",
    description="Models and their providers in the Everruns dialect.",
    prefixes=(links.ROOT, "/v1"),
    router=_router,
    token=credentials.token,
    workspace=credentials.organization,
    reason=reasons.reason,
    refuse=errors.refuse,
    linked=errors.linked,
    error=Problem,
    error_media_type=errors.MEDIA_TYPE,
    unserved=UNSERVED,
    unserved_first=UNSERVED_FIRST,
)
