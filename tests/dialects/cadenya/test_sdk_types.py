"""Generated replies, read by each release's own types: a foreign or missing member would make them raise."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from armillary.dialects.cadenya import dialect
from armillary.dialects.cadenya.mapping.models import model_reply
from armillary.domain.access import Principal, Role
from armillary.domain.models import Registered
from tests.dialects.cadenya import strategies as drawn

ROOT = Path(__file__).parents[3]
CALLER = Principal(account=UUID(int=9), workspace=UUID(int=1), profile=UUID(int=3), role=Role.OWNER, scopes=frozenset())
_OLD = "from cadenya.types import Model\nread = lambda line: Model.model_validate_json(line)"
_NEW = "import json\nfrom cadenya.types import Model\nread = lambda line: Model._from_json(json.loads(line))"
_READ = "\nimport sys\nfor line in sys.stdin:\n    print(read(line).metadata.id)"


#: Releases older than these two words refuse them where their validation is strict, as they would the vendor's.
_NEWER = {"vertex", "bedrock"}


def _before_their_time(registered: Registered) -> Registered:
    driver = registered.provider.driver
    return replace(registered, provider=replace(registered.provider, driver="gemini" if driver in _NEWER else driver))


# A process reads some dozens at once; shrinking would start hundreds of them.
@settings(max_examples=3, phases=(Phase.generate,))
@given(st.lists(drawn.registered, min_size=20, max_size=40))
@pytest.mark.parametrize("release", ["0.2.0", "0.9.0", "1.0.0", "1.8.0"])
def test_every_reply_is_read_by_every_release(release: str, every: list[Registered]) -> None:
    old = release.startswith("0")
    replies = [model_reply(CALLER, _before_their_time(one) if old else one) for one in every]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", (_OLD if old else _NEW) + _READ],
        input=b"\n".join(dialect.encoder.encode(reply) for reply in replies),
        env={**os.environ, "PYTHONPATH": str(ROOT / ".sdks" / f"cadenya=={release}")},
        capture_output=True,
        check=False,
    )
    told = done.stderr.decode()[-2000:]
    assert not told, told
    assert done.stdout.decode().split() == [reply.metadata.id for reply in replies]
