"""SQLite behind the port: readers on the loop's own thread, one connection that writes, shared syncs.

*Reading.* An indexed point read takes microseconds, a hop to a thread takes a hundred: statements run where they are
asked for, each reading transaction on a connection of its own, in WAL mode, so that no writer holds it up. A
statement holds the loop while it runs; what may return many rows is streamed, and gives way between batches.

*Writing.* A sync costs hundreds of microseconds, a statement ten. So a writing transaction is a savepoint within a
batch: the transactions of a batch run one after another on the loop's thread, and one COMMIT, in the writer's thread,
makes all of them durable while the loop goes on serving. No transaction runs while that COMMIT is under way; those
that come queue up, and are the next batch. A block ends only once its batch is durable; one that raises is rolled
back alone. Where the COMMIT itself fails, none of its batch was kept, and each of them is told so.

*What a refused statement costs.* All of its transaction, as on PostgreSQL: it cannot be committed any more.

*Unique constraints* are told by columns. For an index on an expression SQLite tells the index's name alone: it must
be ``table__column__column``.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from armillary.domain.errors import Unavailable
from armillary.storage import migrations
from armillary.storage.announcements import Listener, Listeners, checked
from armillary.storage.database import DatabaseDamaged, Row, UniqueViolated, Value

#: How many rows a stream hands over, and a bulk write binds, before others get the loop.
CHUNK = 500
#: How long a writer waits for another process's transaction.
LOCK_TIMEOUT_S = 10.0
#: A batch is committed once it holds this many transactions, or is this old.
BATCH_SIZE = 64
BATCH_AGE_S = 0.005

_IDLE_READERS = 8
_OLDEST = (3, 35, 0)  # RETURNING; the trigram tokenizer came with 3.34
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNIQUE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)


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
        if isinstance(turned := _turned(error), (Unavailable, DatabaseDamaged)):
            raise turned from error
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
        connection.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT_S * 1000)}")
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
    """The port's statement as SQLite takes it: a writing transaction holds the lock already."""
    return sql.replace("{for_update}", "")


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _turned(error: BaseException) -> BaseException:
    """What the port raises for an error of SQLite's; itself where it is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _UNIQUE:
        return _violated(str(error).partition(": ")[2])
    if code & 0xFF in _DAMAGED:
        return DatabaseDamaged()
    return Unavailable("the database") if code & 0xFF in _AWAY else error


def _violated(what: str) -> UniqueViolated:
    """Source: SQLite words it ``table.column, table.column``, or ``index 'name'`` for an expression's."""
    if what.startswith("index "):
        table, *columns = what[len("index ") :].strip("'").split("__")
    else:
        table = what.partition(".")[0]
        columns = [column.partition(".")[2] for column in what.split(", ")]
    return UniqueViolated(table, tuple(columns))


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
        return _turned(error)

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


class _Batch:
    """The transactions that one COMMIT makes durable."""

    __slots__ = ("due_at", "ended", "size", "topics")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        #: Done once it is durable; or raises that for which none of it was kept.
        self.ended: asyncio.Future[None] = loop.create_future()
        self.due_at = loop.time() + BATCH_AGE_S
        self.size = 0
        self.topics: list[str] = []


class _Writer:
    """The one connection that writes: whose turn it is, and what is committed together.

    The turn is a baton. A transaction holds it from its first statement to its last, a COMMIT while it is under way,
    and opening a batch where another process must be waited for; whoever holds it passes it on by ``_pass_on``, a
    task that was cancelled included. Between two transactions of a batch it goes straight from one to the other.
    """

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor, listeners: Listeners) -> None:
        self._connection = connection
        self._thread = thread
        self._listeners = listeners
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._held = False
        self._holder: asyncio.Task[Any] | None = None
        self._closing = False
        self._batch: _Batch | None = None
        self._begging = False
        self._doubts = 0
        self._seen = self._data_version()

    def epoch(self) -> int:
        """A number that commits of this very connection leave alone, and all others change.

        While a batch is open this process holds the lock, so nobody else commits. While another process's lock is
        waited for, the connection cannot be asked: each answer differs, since there may be a commit to tell of.

        Source: SQLite's documentation, "PRAGMA data_version".
        """
        if self._begging:
            self._doubts += 1
        elif self._batch is None:
            self._seen = self._data_version()
        return self._seen + self._doubts

    async def enter(self) -> sqlite3.Connection:
        """The turn is the caller's, within an open batch: until it calls ``keep`` or ``drop``."""
        if self._closing:
            raise RuntimeError("the database is closed")
        task = asyncio.current_task()
        if task is self._holder:
            raise RuntimeError("this task has a writing transaction open already: a second would wait for ever")
        await self._take_turn()
        if self._batch is None:
            await self._begin()
        self._connection.execute("SAVEPOINT one")
        self._holder = task
        return self._connection

    async def keep(self, topics: Iterable[str]) -> None:
        """The caller's transaction is durable. Raises: what its batch's COMMIT raised."""
        batch = self._batch
        if batch is None:
            raise AssertionError("a transaction ended outside of its batch")
        self._connection.execute("RELEASE one")
        batch.size += 1
        batch.topics.extend(topics)
        self._pass_on()
        # A caller that is cancelled here leaves; what it wrote is committed with its neighbours.
        await asyncio.shield(batch.ended)

    def drop(self) -> None:
        """Nothing of the caller's transaction is kept, and its neighbours do not feel it."""
        try:
            self._connection.execute("ROLLBACK TO one")
            self._connection.execute("RELEASE one")
        except sqlite3.Error:
            # After a full disk or a failed write SQLite itself may undo the whole batch, savepoints included.
            self._abandon(Unavailable("the database"))
        self._pass_on()

    async def close(self) -> None:
        """Every transaction that had begun to wait has ended, and the connection is closed."""
        self._closing = True
        while self._held:
            await self._take_turn()
            batch = self._batch
            self._pass_on()
            if batch is not None and batch.size:
                await asyncio.wait({batch.ended})
        await self._loop.run_in_executor(self._thread, self._connection.close)
        self._thread.shutdown(wait=True)

    async def _take_turn(self) -> None:
        if not self._held:
            self._held = True
            return
        mine = self._loop.create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # the turn came in the same moment
                self._pass_on()
            raise

    async def _begin(self) -> None:
        """A batch is open, and the lock on the file is held."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if not _is_busy(error):
                self._pass_on()
                raise _turned(error) from error
            await self._begin_patiently()
        self._batch = _Batch(self._loop)
        self._seen = self._data_version()

    async def _begin_patiently(self) -> None:
        """Another process is writing: its lock is waited for where that holds nobody else up."""
        self._begging = True
        begun = self._loop.run_in_executor(self._thread, self._wait_and_begin)
        begun.add_done_callback(self._begged)
        try:
            await asyncio.shield(begun)
        except asyncio.CancelledError:
            begun.add_done_callback(self._begun_for_nobody)
            raise
        except sqlite3.Error as error:
            self._pass_on()
            raise _turned(error) from error

    def _wait_and_begin(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT_S * 1000)}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")

    def _begged(self, _: asyncio.Future[None]) -> None:
        self._begging = False

    def _begun_for_nobody(self, begun: asyncio.Future[None]) -> None:
        if begun.exception() is None:
            self._connection.execute("ROLLBACK")
        self._pass_on()

    def _pass_on(self) -> None:
        """The next transaction joins the batch; where none waits, the batch is committed or the lock let go of."""
        self._holder = None
        if self._hand_on():
            return
        if self._batch is not None and self._batch.size:
            # In a round of the loop those that are about to write arrive: eight at once share twice as many syncs.
            self._loop.call_soon(self._commit_unless_joined, self._batch)
        else:
            self._rest()

    def _hand_on(self) -> bool:
        """Whether the turn went to one that waits; a batch that is due takes no more."""
        while self._waiting and self._waiting[0].done():  # cancelled while it waited
            self._waiting.popleft()
        if not self._waiting or (self._batch is not None and self._is_due(self._batch)):
            return False
        self._waiting.popleft().set_result(None)
        return True

    def _commit_unless_joined(self, batch: _Batch) -> None:
        if not self._hand_on():
            self._commit(batch)

    def _is_due(self, batch: _Batch) -> bool:
        return batch.size >= BATCH_SIZE or (batch.size > 0 and self._loop.time() >= batch.due_at)

    def _rest(self) -> None:
        """Nobody waits and nothing is to be kept: the lock is let go of."""
        if self._batch is not None:
            self._connection.execute("ROLLBACK")
            self._batch = None
        self._held = False

    def _commit(self, batch: _Batch) -> None:
        committing = self._loop.run_in_executor(self._thread, self._connection.execute, "COMMIT")
        committing.add_done_callback(partial(self._committed, batch))

    def _committed(self, batch: _Batch, committing: asyncio.Future[sqlite3.Cursor]) -> None:
        error = committing.exception()
        if error is None:
            self._batch = None
            self._listeners.tell(batch.topics)
            batch.ended.set_result(None)
        else:
            self._abandon(_turned(error))
        self._pass_on()

    def _abandon(self, error: BaseException) -> None:
        """None of the batch was kept, and each of its transactions is told so."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.ended.set_exception(error)
            batch.ended.exception()  # seen: there may be nobody left to tell

    def _data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version


class _Change(_Transaction):
    """A writing transaction: a savepoint within the writer's batch."""

    __slots__ = ("_refusal", "_topics", "_writer")

    def __init__(self, writer: _Writer) -> None:
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
        self._refusal = _turned(error)
        return self._refusal


class SqliteDatabase:
    """The port on one file; see the module's text for how it reads and writes, ``Database`` for what it promises."""

    kind: Literal["sqlite", "postgresql"] = "sqlite"

    def __init__(self, path: str, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._listeners = Listeners()
        self._readers = _Readers(path)
        self._writer = _Writer(connection, thread, self._listeners)
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
