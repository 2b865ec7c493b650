"""What this installation knows of itself, by name."""

from __future__ import annotations

from armillary.storage.database import Reading, Writing


async def begin(tx: Writing, name: str) -> None:
    """The setting exists, empty where it is new, and no other transaction changes it until this one ends."""
    # the insert comes first: of two processes that find nothing, the second waits here for the first
    await tx.run("INSERT INTO settings (name, value) VALUES (:name, '') ON CONFLICT (name) DO NOTHING", name=name)
    await tx.first("SELECT value FROM settings WHERE name = :name {for_update}", name=name)


async def read(reading: Reading, name: str) -> str:
    """The setting's value; empty where it was never set."""
    row = await reading.first("SELECT value FROM settings WHERE name = :name", name=name)
    return str(row["value"]) if row else ""


async def write(tx: Writing, name: str, value: str) -> None:
    """The setting has this value."""
    await tx.run(
        "INSERT INTO settings (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=name,
        value=value,
    )


async def counted(tx: Writing, name: str) -> int:
    """The next number of a counter, from 1; others who count wait until the transaction ends."""
    await begin(tx, name)
    number = int(await read(tx, name) or 0) + 1
    await write(tx, name, str(number))
    return number
