"""Every service is tested on a prepared database, of either kind."""

from __future__ import annotations

import pytest

from armillary.storage.database import Database
from tests.tenancy import Tenancy, a_tenancy


@pytest.fixture
async def tenancy(database: Database) -> Tenancy:
    """A prepared database, entered with the admin key."""
    return await a_tenancy(database)
