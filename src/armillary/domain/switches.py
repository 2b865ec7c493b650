"""Switches: the flag by which a provider, a department, an agent or a profile is told to be in use.

Whoever has the switch has a member of its own that says so; a row of the flag only shows it.
Source: design.md, "One truth"; contracts/artifacts.md, 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from armillary.domain.assemblies import Claims, Said
from armillary.domain.resources import Flag, Resource
from armillary.domain.seeds import SEEDED


def position(switch: str, *, on: bool) -> Flag:
    """What every row of the switch in this position says; that of ``on`` is seeded."""
    seeded = next(one for one in SEEDED if isinstance(one, Flag) and one.type == switch and one.value)
    return seeded if on else Flag(switch, "", "PowerOff", switch, value=False)


def switch_claims(switch: str, *, on: bool) -> Claims:
    """What the registry says of the switch: a row says that it is on; that it is off, none need say."""
    flag = position(switch, on=on)
    return Claims(required=(flag,) if on else (), allowed=frozenset({flag}))


def said_of_switch(switch: str, linked: Sequence[Resource | UUID]) -> list[Said | None]:
    """What each flag says of the switch; None for one that is another's."""
    contents = [one.content if isinstance(one, Resource) else None for one in linked]
    return [
        position(switch, on=one.value) if isinstance(one, Flag) and one.type == switch else None for one in contents
    ]


def is_on(switch: str, linked: Sequence[Resource | UUID]) -> bool:
    """Whether these flags turn the switch on: one does, and none turns it off."""
    said = [one.value for one in said_of_switch(switch, linked) if isinstance(one, Flag)]
    return bool(said) and all(said)
