"""The assemblers, by kind."""

from __future__ import annotations

from armillary.domain.assemblies import Kind
from armillary.services.assemblies import agents, departments, models, profiles, providers
from armillary.services.assemblies.kinds import Assembler

ASSEMBLERS: dict[Kind, Assembler] = {
    Kind.MODEL: models.assembler,
    Kind.PROVIDER: providers.assembler,
    Kind.DEPARTMENT: departments.assembler,
    Kind.AGENT: agents.assembler,
    Kind.PROFILE: profiles.assembler,
}
