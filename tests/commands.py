"""The commands as a user types them: processes of their own, with an exit code and two streams."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
#: No command that is waited for takes longer, however busy the machine.
PATIENCE_S = 120


def environment(**settings: str) -> dict[str, str]:
    """This process's environment with these settings of Armillary's and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ARMILLARY_")}
    return {**inherited, **settings}


def armillary(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """``armillary …``, once it has ended."""
    command = [sys.executable, "-m", "armillary", *map(str, arguments)]
    return subprocess.run(
        command, env=environment(**settings), capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def told(ended: subprocess.CompletedProcess[str]) -> str:
    """What a command that went well printed; nothing may stand on standard error."""
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stderr
    return ended.stdout


def refused(ended: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a command that was refused."""
    assert (ended.returncode, ended.stdout) == (1, ""), (ended.stdout, ended.stderr)
    sentence = ended.stderr.removesuffix("\n")
    assert sentence.startswith("armillary: "), sentence
    assert "\n" not in sentence
    return sentence.removeprefix("armillary: ")
