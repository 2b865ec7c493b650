"""``armillary serve``: the server, and what it says on its first start."""

from __future__ import annotations

import typer

from armillary.server import logs
from armillary.server.serve import serve
from armillary.server.settings import Settings
from armillary.services.bootstrap import Prepared


def run(chosen: Settings) -> None:
    """Serve until told to stop."""
    logs.configure(chosen.log_level)

    def announce(prepared: Prepared) -> None:
        typer.echo(_welcome(chosen, prepared))

    serve(chosen, announce)


def _welcome(chosen: Settings, prepared: Prepared) -> str:
    host = f"[{chosen.host}]" if ":" in chosen.host else chosen.host
    origin = f"http://{host}:{chosen.port}"
    lines = [f"Armillary listens on {origin}  (documents: {origin}/docs)"]
    if prepared.admin_token:
        lines += ["", f"Admin key, shown this once:  {prepared.admin_token}"]
    if prepared.is_new:
        key = prepared.admin_token or "$ARMILLARY_ADMIN_KEY"
        bearer = f'-H "Authorization: Bearer {key}"'
        lines += [
            "",
            "Try:",
            f"  curl -s {origin}/api/v1/models {bearer}",
            f"  curl -s '{origin}/v1/workspaces/default/models?limit=3' {bearer}",
            f"  curl -s {origin}/armillary/v1/models/resolve {bearer}",
        ]
    return "\n".join(lines)
