"""The commands: what a person types.

Each group of commands is a module, imported when it is needed: starting the server must not wait for the rest.
"""

from __future__ import annotations

import sys

from armillary.domain.errors import ArmillaryError


def main() -> None:
    """Run the command line; a refusal is one sentence on standard error and exit code 1."""
    from armillary.cli.app import app  # noqa: PLC0415  typer is not loaded for `import armillary`

    try:
        app()
    except ArmillaryError as exc:
        print(f"armillary: {exc}", file=sys.stderr)  # noqa: T201  a command speaks
        raise SystemExit(1) from exc
