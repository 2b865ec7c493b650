"""Generated replies, read by the client's own types: a foreign value would make them raise."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from armillary.dialects.everruns import dialect
from armillary.dialects.everruns.mapping.models import model_item, model_reply
from armillary.domain.models import Registered
from tests.dialects.everruns.strategies import registered

ROOT = Path(__file__).parents[3]
SDK = ROOT / ".sdks" / "everruns-sdk==0.3.1"
#: Reads replies, one a line, and writes what it understood.
_READER = """
import sys
from everruns_sdk.models import ModelWithProvider
for line in sys.stdin:
    print(ModelWithProvider.model_validate_json(line).model_dump_json(exclude_none=True))
"""
_SAME = (
    "id",
    "provider_id",
    "provider_name",
    "provider_type",
    "model_id",
    "display_name",
    "capabilities",
    "enabled",
    "is_favorite",
    "healthy",
    "source",
    "model_vendor",
    "created_at",
    "updated_at",
)


def _generated() -> list[bytes]:
    replies: list[bytes] = []

    @settings(max_examples=120, derandomize=True, database=None)
    @given(registered())
    def collect(one: Registered) -> None:
        replies.append(dialect.encoder.encode(model_item(one)))
        replies.append(dialect.encoder.encode(model_reply(one, origin="https://host", manages=True)))

    collect()
    return replies


@pytest.fixture(scope="module")
def understood() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What was sent beside what the client made of it."""
    replies = _generated()
    done = subprocess.run(
        [sys.executable, "-c", _READER],
        input=b"\n".join(replies),
        capture_output=True,
        check=False,
        env={"PYTHONPATH": str(SDK), "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    lines = done.stdout.decode().split("\n")[:-1]
    return [(json.loads(sent), json.loads(line)) for sent, line in zip(replies, lines, strict=True)]


def test_members_are_understood(understood: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for sent, read in understood:
        assert {name: sent.get(name) for name in _SAME} == {name: read.get(name) for name in _SAME}


def test_profiles_are_understood(understood: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    told = [(sent["profile"], read["profile"]) for sent, read in understood if "profile" in sent]
    assert told
    for sent, read in told:
        assert read.items() >= {name: value for name, value in sent.items() if name != "cost"}.items()
        cost = sent.get("cost", {})
        assert {name: read.get("cost", {}).get(name) for name in cost} == {
            name: value if name == "cost_tiers" else pytest.approx(value) for name, value in cost.items()
        }
