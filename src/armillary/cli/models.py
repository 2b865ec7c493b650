"""``armillary models``: the registry's models as a file."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from uuid import UUID

import typer

from armillary.cli.context import administer, inside, progress
from armillary.domain.access import Principal
from armillary.domain.errors import InvalidRequest
from armillary.server.settings import Settings
from armillary.services import exports
from armillary.services.wiring import Wiring

_PREFIX = "model_"


def run_export(chosen: Settings, *, output: Path | None, workspace: str, model: str | None) -> None:
    """Write the workspace's models as CSV, the bytes that the API's export has."""
    model_id = None if model is None else _identity(model)
    counted = 0

    async def work(wiring: Wiring, caller: Principal) -> None:
        nonlocal counted
        within = await inside(wiring, caller, workspace)
        with progress("Exporting models") as step, _sink(output) as sink:

            def told(done: int, total: int) -> None:
                nonlocal counted
                counted = done
                step(done, total)

            async for piece in exports.model_lines(wiring.db, within, model_id, told):
                sink.write(piece)

    administer(chosen, work)
    if output is not None:
        typer.echo(f"Wrote {counted:,} {'model' if counted == 1 else 'models'} to {output}.")


def _identity(text: str) -> UUID:
    try:
        return UUID(text.removeprefix(_PREFIX))
    except ValueError as exc:
        raise InvalidRequest("model", "is a model's id: a UUID") from exc


@contextlib.contextmanager
def _sink(output: Path | None) -> Iterator[IO[bytes]]:
    """Where the bytes go: standard output; or a file that is there once all of it is, and else as it was."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with tempfile.NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}-", delete=False) as part:
            written = Path(part.name)
            try:
                yield part.file
            except BaseException:
                written.unlink()
                raise
        written.chmod(0o644)
        written.replace(output)
    except OSError as exc:
        raise InvalidRequest("output", f"{output} cannot be written ({exc.strerror})") from exc
