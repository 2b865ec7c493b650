"""What the port promises, on both engines."""

from armillary.storage.database import Database


async def test_smoke(database: Database) -> None:
    async with database.writing() as tx:
        await tx.run("CREATE TABLE notes (id TEXT PRIMARY KEY, flag INTEGER)")
        assert await tx.run("INSERT INTO notes (id, flag) VALUES (:id, :flag)", id="a", flag=True) == 1
    async with database.reading() as view:
        assert await view.first("SELECT * FROM notes") == {"id": "a", "flag": 1}
