"""Cadenya's own clients, unmodified, against the running server: every method of every generation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import running

ROOT = Path(__file__).parents[3]
TOUR = Path(__file__).with_name("sdk_tour.py")
RELEASES = ("0.2.0", "0.9.0", "1.0.0", "1.8.0")
_CREATING = {"1.8.0"}
_REVEALING = {"1.8.0"}
_PATIENCE_S = 120


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


@pytest.fixture
def toured(release: str, database_url: str, tmp_path: Path) -> dict[str, Any]:
    """What the release's tour found on a server of its own: it rotates the very key that it came with."""
    with running(tmp_path / "data", database_url) as server:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", TOUR, server.url, server.key],
            env={**os.environ, "PYTHONPATH": str(ROOT / ".sdks" / f"cadenya=={release}")},
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_method_of_the_release_works(toured: dict[str, Any], release: str) -> None:
    seeded = toured["models"].pop("listed")
    assert seeded >= 80
    assert toured.pop("models") == {
        "unique": seeded,
        "same": True,
        "disabled": ["STATE_DISABLED", True],
        "enabled": "STATE_ENABLED",
        "variations": 0,
        "key": "getting-started-key",
        "filtered": True,
        "assigned": [],
        "unknown": [404, 5],
    }
    assert toured.pop("workspaces") == {
        "read": ["more", "STATUS_ENABLED"],
        "members": [True, "ada@example.com"],
        "left": [],
        "seeded": seeded,
        "mine": True,
        "archived": ["STATUS_ARCHIVED"],
        "closed": [403, 7],
    }
    _check_provider_keys(toured.pop("provider_keys"), release)
    _check_keys_and_account(toured, release)
    assert toured == {"missed": {"methods": []}}


def _check_provider_keys(found: dict[str, Any], release: str) -> None:
    own = found.pop("model", None)
    assert found == {
        "read": ["Renamed", {"team": "b"}, "https://models.example/v1"],
        "listed": [[True, 0]],
        "promotional": True,
        "kept": [400, 9],
        "deleted": [404, 5],
    }
    expected = [
        "acme-acme-1-2026",
        "PROVENANCE_MANUALLY_ENTERED",
        ["temperature", "stopSequences", "reasoning"],
        ["7.5", "0"],
        ["Own", "0"],
        "0",
        None,
    ]
    assert own == (expected if release in _CREATING else None)


def _check_keys_and_account(toured: dict[str, Any], release: str) -> None:
    keys = toured.pop("api_keys")
    assert keys.pop("moved", None) == ([0, True, [400, 9]] if release in _REVEALING else None)
    assert keys == {
        "told": [True, True, True],
        "states": ["STATE_ENABLED", "STATE_DISABLED", "STATE_ENABLED"],
        "changed": ["reads", ["models:read"], ""],
        "listed": True,
        "deleted": [404, 5],
    }
    assert toured.pop("account") == {
        "rotated": [True, True],
        "who": ["Admin key", "PROFILE_TYPE_API_KEY", True],
        "workspaces": ["default"],
    }
    expected = {
        "held": [True, "", "STATE_ENABLED"],
        "enabled": "STATE_ENABLED",
        "refused": [403, 7],
        "dead": [401, 16],
        "alive": "PROFILE_TYPE_API_KEY",
        "disabled": "STATE_DISABLED",
        "closed": [401, 16],
    }
    assert toured.pop("global_key", None) == (None if release in _REVEALING else expected)
