"""What things are called, for whoever may read them."""

from __future__ import annotations

import pytest

from armillary.domain.access import Role
from armillary.domain.assemblies import Item, Kind, Slot
from armillary.services import assemblies
from armillary.services.actors import acting
from armillary.services.assemblies.names import name
from tests.builders import an_id
from tests.tenancy import Tenancy


@pytest.mark.parametrize("kind", [Kind.MODEL, Kind.PROVIDER, Kind.DEPARTMENT, Kind.AGENT])
async def test_a_thing_has_its_name_and_what_is_not_there_has_none(tenancy: Tenancy, kind: Kind) -> None:
    item = Item(texts={Slot.NAMES: ("alpha",)})
    (made,) = await assemblies.create(tenancy.db, tenancy.owner, kind, [item], mcp=False, at=tenancy.tick())
    assert made.id is not None
    assert await name(tenancy.db, tenancy.owner, kind, made.id) == "alpha"
    assert await name(tenancy.db, tenancy.owner, kind, an_id()) == ""


async def test_who_acts_is_the_callers_profile(tenancy: Tenancy) -> None:
    actor = await acting(tenancy.db, tenancy.owner)
    assert (actor.profile, actor.role) == (tenancy.owner.profile, Role.OWNER)
