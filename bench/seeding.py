"""Registries of a known size to measure on."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from armillary.domain.models import Facts, Model, Source
from armillary.domain.prices import Price
from armillary.domain.providers import Provider
from armillary.server.app import opened
from armillary.server.settings import Settings
from armillary.services.ids import new_id
from armillary.storage import models as store
from armillary.storage import providers, revisions
from armillary.storage.database import Writing

ADMIN_KEY = "arm_bench_admin_key_0123456789abcdef"
WORKSPACE = UUID(int=1)
#: What the search looks for: in one model of twenty, whatever the registry's size.
NEEDLE = "lumen"
_FAMILIES = ("atlas", "borealis", "cirrus", "delta", "ember", "fathom", "gneiss", "halcyon", "iris", "juniper")
#: Each in the names of a tenth of the models.
VENDORS = ("anthropic", "openai", "google", "mistral", "meta", "deepseek", "qwen", "xai", "cohere", "nvidia")
_CHUNK = 5000


def seed(data: Path, count: int) -> list[UUID]:
    """Fill a new database in ``data`` with ``count`` models; give back their ids, in order of creation."""
    return asyncio.run(_seed(Settings(data=data, admin_key=ADMIN_KEY), count))


async def _seed(settings: Settings, count: int) -> list[UUID]:
    ids: list[UUID] = []
    async with opened(settings) as (wiring, _):
        provider = _provider()
        async with wiring.db.writing() as tx:
            await revisions.raised(tx, WORKSPACE)
            await providers.insert(tx, provider)
        while len(ids) < count:
            async with wiring.db.writing() as tx:
                ids += await _insert(tx, provider, len(ids), min(_CHUNK, count - len(ids)))
    return ids


async def _insert(tx: Writing, provider: Provider, done: int, count: int) -> list[UUID]:
    await revisions.raised(tx, WORKSPACE)
    seqs = await store.next_seqs(tx, WORKSPACE, count)
    chance = random.Random(done)  # noqa: S311  the same registry on each run
    batch = [_model(provider, seq, done + place, chance) for place, seq in enumerate(seqs)]
    await store.insert_many(tx, batch, by=provider.created_by)
    return [model.id for model in batch]


def _provider() -> Provider:
    now = datetime.now(UTC)
    return Provider(
        id=new_id(now),
        workspace=WORKSPACE,
        name="Bench",
        driver="openai",
        external_id="bench",
        created_by=UUID(int=0),
        created_at=now,
        updated_at=now,
    )


def _model(provider: Provider, seq: int, place: int, chance: random.Random) -> Model:
    at = provider.created_at + timedelta(microseconds=place)
    vendor, family = chance.choice(VENDORS), chance.choice(_FAMILIES)
    word = NEEDLE if place % 20 == 7 else family
    return Model(
        id=new_id(at),
        seq=seq,
        workspace=WORKSPACE,
        provider=provider.id,
        upstream_name=f"{word}-{place}",
        name=f"{word.title()} {place} ({vendor})",
        vendor=vendor,
        family=f"{family}-{place % 50}",
        enabled=chance.random() < 0.5,
        source=Source.DISCOVERED,
        tags=("chat", "tools", "temperature", "top_p"),
        input_modalities=("text", "image"),
        output_modalities=("text",),
        context_tokens=200_000,
        output_tokens=64_000,
        facts=Facts(reasoning=True, tool_call=True, temperature=True, attachment=True, release_date="2026-01-01"),
        base=Price(input=Decimal(3), output=Decimal(15), cached_input=Decimal("0.3")),
        labels={"tier": "standard"},
        external_id=f"bench-{word}-{place}",
        created_by=provider.created_by,
        created_at=at,
        updated_at=at,
    )
