"""The dialect's page tells of every operation, with its scope, and of every code."""

from __future__ import annotations

import re
from pathlib import Path

from armillary.dialects.native import dialect
from armillary.dialects.native.errors import REFUSALS

PAGE = (Path(__file__).parents[3] / "docs/dialects/native.md").read_text(encoding="utf-8")


def test_every_operation_is_told_with_its_scope() -> None:
    told = set(re.findall(r"^\| `([A-Z]+ /\S+)` \| `?([\w: ]+?)`? \|", PAGE, flags=re.MULTILINE))
    operations = dialect.router.operations
    assert told == {(f"{one.method} {one.path}", one.scope or "any key") for one in operations}


def test_every_code_is_told_with_its_status() -> None:
    told = set(re.findall(r"^\| (\d+) \| `(\w+)` \|", PAGE, flags=re.MULTILINE))
    assert told == {(str(status), code) for status, code, _ in REFUSALS.values()}
