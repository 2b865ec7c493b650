"""What every workspace is born with. Source: contracts/artifacts.md, 3.1 and 3.6."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from armillary.domain.resources import Flag, PricePoint, ResourceKind, TemperatureLevel, checked_content
from armillary.domain.seeds import MODEL_ACTIVE, MODEL_FLAGS, SEEDED, SEEDS, default_department


def test_no_two_seeds_share_an_id_or_a_content() -> None:
    assert len({seed.id for seed in SEEDS}) == len(SEEDS) == len(SEEDED)
    assert all(checked_content(seed.content) == seed.content for seed in SEEDS)


def test_there_are_as_many_of_each_kind_as_the_contract_says() -> None:
    counts = Counter(seed.kind for seed in SEEDS)
    assert 50 <= counts.pop(ResourceKind.PRICING) <= 60
    assert counts == {
        ResourceKind.MODALITIES: 10,
        ResourceKind.QUALITIES: 3,
        ResourceKind.REASONING_LEVELS: 5,
        ResourceKind.TEMPERATURE_LEVELS: 121,
        ResourceKind.VOICES: 8,
        ResourceKind.FLAGS: 12,
        ResourceKind.ROLES: 7,
    }


def test_ids_never_change() -> None:
    # other databases hold links to them: a digest that differs here is a seed that was lost, unless only new ones came
    told = "\n".join(sorted(f"{seed.kind} {seed.text} {seed.id}" for seed in SEEDS))
    assert sha256(told.encode()).hexdigest() == "1e9ffa40bcdd8f8907d5a4117f22af664a4de0b8488015cfb1e4a0c93231411b"
    assert default_department(UUID(int=1)) == UUID("5d9c1022-a0cf-5330-821a-6a59ec58a132")


def test_temperatures_go_from_0_to_1_2_by_hundredths() -> None:
    steps = sorted(one.temperature for one in SEEDED if isinstance(one, TemperatureLevel))
    assert steps == [Decimal(step) / 100 for step in range(121)]


def test_flags_are_on_save_the_one_that_switches_a_model_off() -> None:
    flags = [one for one in SEEDED if isinstance(one, Flag)]
    assert [one.name for one in flags if not one.value] == [MODEL_ACTIVE]
    assert set(MODEL_FLAGS) <= {one.name for one in flags if one.value}


def test_prices_are_of_every_unit() -> None:
    units = {(one.unit_name, one.unit_category, one.unit_value) for one in SEEDED if isinstance(one, PricePoint)}
    assert units == {
        ("million_text", "tokens", 1_000_000),
        ("million_audio", "tokens", 1_000_000),
        ("million_image", "tokens", 1_000_000),
        ("200k", "tokens", 200_000),
        ("image", "units", 1),
        ("second", "seconds", 1),
    }
