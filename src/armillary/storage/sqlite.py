"""SQLite behind the port: readers on the loop's own thread, one connection that writes, shared syncs.

*Reading.* An indexed point read takes microseconds, a hop to a thread takes a hundred: statements run where they are
asked for, each reading transaction on a connection of its own, in WAL mode, so that no writer holds it up. A
statement holds the loop while it runs; what may return many rows is streamed, and gives way between batches. The log
cannot shrink below a view that stays open: what serves a slow client must not read from one.

*Writing.* All transactions of a process share one connection and, where they meet, one sync: ``sqlite_writer`` tells
how.

*What a refused statement costs.* All of its transaction, as on PostgreSQL: it cannot be committed any more.

*Unique constraints* are told by columns. For an index on an expression SQLite tells the index's name alone: it must
be ``table__column__column``.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from armillary.domain.errors import Unavailable
from armillary.storage import migrations, sqlite_writer
from armillary.storage.announcements import Listener, Listeners, checked
from armillary.storage.database import DatabaseDamaged, Row, Value
from armillary.storage.sqlite_errors import turned
from armillary.storage.sqlite_writer import Writer

#: How many rows a stream hands over, and a bulk write binds, before others get the loop.
CHUNK = 500
_IDLE_READERS = 8
_OLDEST = (3, 35, 0)  # RETURNING; the trigram tokenizer came with 3.34


async def open_sqlite(path: str, *, folder: Path, migrate: bool) -> SqliteDatabase:
    """The database in a file, which is made where there is none; ``folder`` holds its migrations.

    Raises: SchemaNewer, MigrationEdited, Unavailable, DatabaseDamaged; RuntimeError where this SQLite lacks something.
    """
    check_library()
    thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
    prepare = partial(_prepared, path, migrations.read(folder), migrate=migrate)
    try:
        connection = await asyncio.get_running_loop().run_in_executor(thread, prepare)
    except BaseException as error:
        thread.shutdown(wait=False)
        if isinstance(told := turned(error), (Unavailable, DatabaseDamaged)):
            raise told from error
        raise
    return SqliteDatabase(path, connection, thread)


def check_library() -> None:
    """Raises: RuntimeError where the SQLite that Python was built with cannot do what Armillary needs of it."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise RuntimeError(_lacking("RETURNING"))
    memory = sqlite3.connect(":memory:")
    try:
        memory.execute("CREATE VIRTUAL TABLE probe USING fts5 (word, tokenize = 'trigram')")
    except sqlite3.Error as error:
        raise RuntimeError(_lacking("full-text search (FTS5) with the trigram tokenizer")) from error
    finally:
        memory.close()


def _lacking(what: str) -> str:
    return (
        f"this Python's SQLite {sqlite3.sqlite_version} lacks {what}: use a Python built with SQLite 3.35 or later "
        "and FTS5, or keep the database in PostgreSQL"
    )


def _prepared(path: str, known: Sequence[migrations.Migration], *, migrate: bool) -> sqlite3.Connection:
    """The connection that will write, to a database whose schema is in order."""
    _make(Path(path))
    connection = _connect(path)
    try:
        connection.execute(f"PRAGMA busy_timeout = {int(sqlite_writer.LOCK_TIMEOUT_S * 1000)}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        if migrate:
            migrations.apply_sqlite(connection, known)
        else:
            migrations.check_sqlite(connection, known)
        connection.execute("PRAGMA busy_timeout = 0")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(file: Path) -> None:
    """The file is there, for its owner's eyes only; SQLite gives its companions the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=True)


def _connect(path: str) -> sqlite3.Connection:
    """A connection that begins nothing by itself, and that the threads of one engine take turns on."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -8192")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


@lru_cache(maxsize=4096)
def _spoken(sql: str) -> str:
    """The port's statement as SQLite takes it: a writing transaction holds the lock already, and texts are bytes."""
    return sql.replace("{for_update}", "").replace("{by_code_point}", "")


class _Nothing:
    """Stands where the connection stood, once nothing can be asked of a transaction any more."""

    def __init__(self, why: str) -> None:
        self._why = why

    def execute(self, *_: object) -> sqlite3.Cursor:
        raise RuntimeError(self._why)

    executemany = execute


_ENDED = _Nothing("this transaction has ended")
_REFUSED = _Nothing("this transaction was refused a statement")


class _Transaction:
    """What both kinds of transaction do: ask."""

    __slots__ = ("_connection", "_streams")

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | _Nothing = _ENDED
        self._streams: list[sqlite3.Cursor] | None = None

    async def first(self, sql: str, **values: Value) -> Row | None:
        try:
            cursor = self._connection.execute(_spoken(sql), values)
            row = cursor.fetchone()
        except sqlite3.Error as error:
            raise self._refused(error) from error
        names = _names(cursor)
        cursor.close()  # a statement left open would hold its view of the database open as well
        return None if row is None else dict(zip(names, row))  # noqa: B905  costs a microsecond; they are as many

    async def all(self, sql: str, **values: Value) -> list[Row]:
        try:
            cursor = self._connection.execute(_spoken(sql), values)
            rows = cursor.fetchall()
        except sqlite3.Error as error:
            raise self._refused(error) from error
        names = _names(cursor)
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def stream(self, sql: str, **values: Value) -> AsyncIterator[Sequence[Row]]:
        try:
            cursor = self._connection.execute(_spoken(sql), values)
            self._streams = [*(self._streams or ()), cursor]
            names = _names(cursor)
            while rows := cursor.fetchmany(CHUNK):
                yield [dict(zip(names, row, strict=True)) for row in rows]
                await asyncio.sleep(0)
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def _refused(self, error: sqlite3.Error) -> BaseException:
        return turned(error)

    def _end(self) -> None:
        """No statement is open any more, and none can be asked."""
        self._connection = _ENDED
        for cursor in self._streams or ():
            cursor.close()


def _names(cursor: sqlite3.Cursor) -> list[str]:
    return [column[0] for column in cursor.description or ()]


class _View(_Transaction):
    """A reading transaction, on a connection that is its own until its block ends."""

    __slots__ = ("_mine", "_readers")

    def __init__(self, readers: _Readers) -> None:
        super().__init__()
        self._readers = readers

    async def __aenter__(self) -> Self:
        self._connection = self._mine = self._readers.take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._readers.give(self._mine)


class _Readers:
    """The connections that read: as many as are reading at once, of which a few are kept for later."""

    __slots__ = ("_closed", "_free", "_path")

    def __init__(self, path: str) -> None:
        self._path = path
        self._free: list[sqlite3.Connection] = []
        self._closed = False

    def take(self) -> sqlite3.Connection:
        if self._closed:
            raise RuntimeError("the database is closed")
        connection = self._free.pop() if self._free else self._open()
        connection.execute("BEGIN")  # takes no lock yet, so nothing can refuse it
        return connection

    def give(self, connection: sqlite3.Connection) -> None:
        connection.execute("COMMIT")
        if self._closed or len(self._free) >= _IDLE_READERS:
            connection.close()
        else:
            self._free.append(connection)

    def close(self) -> None:
        self._closed = True
        while self._free:
            self._free.pop().close()

    def _open(self) -> sqlite3.Connection:
        connection = _connect(self._path)
        connection.execute("PRAGMA query_only = ON")
        # Rarely does a reader wait: where another process recovers the log of one that was killed.
        connection.execute("PRAGMA busy_timeout = 2000")
        return connection


class _Change(_Transaction):
    """A writing transaction: a savepoint within the writer's batch."""

    __slots__ = ("_refusal", "_topics", "_writer")

    def __init__(self, writer: Writer) -> None:
        super().__init__()
        self._writer = writer
        self._topics: list[str] = []
        self._refusal: BaseException | None = None

    async def run(self, sql: str, **values: Value) -> int:
        try:
            cursor = self._connection.execute(_spoken(sql), values)
        except sqlite3.Error as error:
            raise self._refused(error) from error
        touched = cursor.rowcount
        cursor.close()
        return touched

    async def run_many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> None:
        try:
            for start in range(0, len(rows), CHUNK):
                self._connection.executemany(_spoken(sql), rows[start : start + CHUNK])
                await asyncio.sleep(0)  # readers go on meanwhile
        except sqlite3.Error as error:
            raise self._refused(error) from error

    def announce(self, topic: str) -> None:
        self._topics.append(checked(topic))

    async def __aenter__(self) -> Self:
        self._connection = await self._writer.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        if error is None and self._refusal is None:
            await self._writer.keep(self._topics)
            return
        self._writer.drop()
        if error is None and self._refusal is not None:
            raise self._refusal

    def _refused(self, error: sqlite3.Error) -> BaseException:
        # What came after would run outside of the transaction, where SQLite has undone it by itself.
        self._connection = _REFUSED
        self._refusal = turned(error)
        return self._refusal


class SqliteDatabase:
    """The port on one file; see the module's text for how it reads and writes, ``Database`` for what it promises."""

    kind: Literal["sqlite", "postgresql"] = "sqlite"

    def __init__(self, path: str, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._listeners = Listeners()
        self._readers = _Readers(path)
        self._writer = Writer(connection, thread, self._listeners)
        self._closed = False

    def reading(self) -> _View:
        """Open a view on a connection of its own; it begins with its first statement."""
        return _View(self._readers)

    def writing(self) -> _Change:
        """Open a transaction, once those before it are through."""
        return _Change(self._writer)

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with what this process commits; ``epoch`` tells of other processes."""
        self._listeners.add(listener)

    def epoch(self) -> int:
        """A number that commits of other processes change, and those made through this object do not."""
        return self._writer.epoch()

    async def close(self) -> None:
        """Let go of the file; transactions that wait for their turn still get it."""
        if not self._closed:
            self._closed = True
            self._readers.close()
            await self._writer.close()
