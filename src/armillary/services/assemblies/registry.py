"""The assemblers, by kind."""

from __future__ import annotations

from armillary.domain.assemblies import Kind
from armillary.services.assemblies import models
from armillary.services.assemblies.kinds import Assembler

ASSEMBLERS: dict[Kind, Assembler] = {
    Kind.MODEL: models.assembler,
}
