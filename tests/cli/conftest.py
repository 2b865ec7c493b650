"""Databases of both kinds for commands that move from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest


@pytest.fixture
def a_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Makes a private database of a kind and tells its URL; one of PostgreSQL's ends with the test."""
    with ExitStack() as stack:

        def made(kind: str) -> str:
            if kind == "sqlite":
                return ""  # the one in the data folder
            new: Callable[[], AbstractContextManager[str]] = request.getfixturevalue("new_postgres_database")
            return stack.enter_context(new())

        yield made
