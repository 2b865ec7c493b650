"""PostgreSQL behind the port: a pool of connections, and one more that listens for the other processes.

*Reading* is REPEATABLE READ, READ ONLY: one snapshot for all statements. That costs a view of a single statement two
round trips besides its own, BEGIN and COMMIT. A statement of its own would do in one, but whether a second will
follow is known only once the first has been answered, and by then its snapshot is gone.

*Writing* is READ COMMITTED with explicit row locks (``{for_update}``). A deadlock is not retried here, since a block
cannot be run twice: it is a ``Conflict``, with nothing written. A lock that another transaction holds for long is
``Unavailable``, as on SQLite.

*What a refused statement costs.* All of its transaction: PostgreSQL would roll back at COMMIT, and say nothing.

*Announcements* ride on NOTIFY within the transaction. Listeners of this process hear them when it has committed, of
other processes as soon as they arrive. While the listening connection is away, ``epoch`` never stands still.

*Values.* Integers are bound as ``bigint`` and flags as integers, so that a statement has one plan. Text and NULL are
of unknown type, which PostgreSQL infers from where they stand: ``:after IS NULL`` must be written
``CAST(:after AS TEXT) IS NULL``.

*Unique constraints* are told by the name of an index, where it is ``table__column__column``, or else by its columns.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeAlias

import psycopg
from psycopg import errors
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.postgres import adapters as stock_adapters
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from armillary.domain.errors import Conflict, InvalidRequest, Unavailable
from armillary.storage import migrations
from armillary.storage.announcements import Listener, Listeners, checked
from armillary.storage.database import Row, UniqueViolated, Value

Connection: TypeAlias = psycopg.AsyncConnection[dict[str, Any]]
Cursor: TypeAlias = psycopg.AsyncCursor[dict[str, Any]]

#: How many rows a stream hands over, and a bulk write binds, at a time.
CHUNK = 500
#: How many transactions one process has open at once; more wait for their turn.
CONNECTIONS = 10
#: How long a transaction waits for a connection, and for the server to take one.
CONNECT_TIMEOUT_S = 5
#: How long a statement waits for another transaction's row locks.
LOCK_TIMEOUT_S = 10.0

_CHANNEL = "armillary"
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
#: What libpq is told where the URL says nothing of it; a peer that is gone is noticed within a minute.
_DEFAULTS: dict[str, str | int] = {
    "application_name": "armillary",
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
#: What a statement may hold, of which only the last two are rewritten.
_TOKENS = re.compile(
    r"""(?P<kept>'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|::)|:(?P<name>[A-Za-z_]\w*)|(?P<percent>%)""",
    re.DOTALL,
)
_COLUMNS = """
    SELECT t.relname AS table_name, a.attname AS column_name
    FROM pg_class AS i
    JOIN pg_index AS x ON x.indexrelid = i.oid
    JOIN pg_class AS t ON t.oid = x.indrelid
    CROSS JOIN unnest(x.indkey) WITH ORDINALITY AS k (number, place)
    LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number AND k.number <> 0
    WHERE i.relname = %(index)s AND t.relname = %(table)s AND k.place <= x.indnkeyatts
    ORDER BY k.place"""


class _FlagDumper(Dumper):
    """A flag is 0 or 1 on both databases."""

    oid = Int8Dumper.oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


async def open_postgres(url: str, *, folder: Path, migrate: bool) -> PostgresDatabase:
    """The database at a URL; ``folder`` holds its migrations.

    Raises: InvalidRequest (``database_url``), SchemaNewer, MigrationEdited, Unavailable.
    """
    conninfo = _conninfo(url)
    known = migrations.read(folder)
    connection = await _listening(conninfo)
    try:
        if migrate:
            await migrations.apply_postgresql(connection, known)
        else:
            await migrations.check_postgresql(connection, known)
    except BaseException as error:
        await connection.close()
        if isinstance(error, psycopg.OperationalError):
            raise Unavailable("the database") from error
        raise
    pool = AsyncConnectionPool(
        conninfo,
        connection_class=psycopg.AsyncConnection[dict[str, Any]],
        kwargs=_options(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=CONNECT_TIMEOUT_S,
        configure=_configure,
        open=False,
    )
    await pool.open()
    return PostgresDatabase(conninfo, pool, connection)


def _conninfo(url: str) -> str:
    try:
        stated = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Not chained, and the URL not repeated: it may hold a password.
        raise InvalidRequest("database_url", "is not a PostgreSQL URL that libpq can read") from None
    return make_conninfo(url, **{name: value for name, value in _DEFAULTS.items() if name not in stated})


def _options() -> dict[str, Any]:
    adapters = AdaptersMap(stock_adapters)
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(bool, _FlagDumper)
    return {"autocommit": True, "row_factory": dict_row, "context": adapters}


async def _configure(connection: Connection) -> None:
    await connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'")
    # A statement whose client is gone, killed or weary of waiting, ends and gives its locks back (PostgreSQL 14).
    await connection.execute("SET client_connection_check_interval = '1s'")


async def _listening(conninfo: str) -> Connection:
    """A connection outside of the pool, which hears announcements. Raises: Unavailable."""
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo, **_options())
        try:
            await connection.execute(f"LISTEN {_CHANNEL}")
            # Whoever looks at pg_stat_activity sees which one it is.
            await connection.execute("SELECT set_config('application_name', 'armillary: listening', false)")
        except BaseException:
            await connection.close()
            raise
    except psycopg.OperationalError as error:
        raise Unavailable("the database") from error
    return connection


@lru_cache(maxsize=4096)
def _spoken(sql: str) -> str:
    """The port's statement as psycopg takes it; quoted text, comments and casts stay as they are."""

    def rewritten(token: re.Match[str]) -> str:
        if name := token["name"]:
            return f"%({name})s"
        return token[0].replace("%", "%%")

    plain = sql.replace("{for_update}", "FOR UPDATE").replace("{by_code_point}", 'COLLATE "C"')
    return _TOKENS.sub(rewritten, plain)


def _turned(error: psycopg.Error) -> Exception:
    """What the port raises for an error of psycopg's; itself where it is a mistake of ours."""
    if isinstance(error, errors.DeadlockDetected | errors.SerializationFailure):
        return Conflict("busy", "another change of the same things was under way: repeat the request")
    # Lost and refused connections, servers that stop or start, full disks, locks waited for in vain.
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable("the database")
    # A newer program changed a table under a prepared statement; rolling back makes psycopg prepare it anew.
    if isinstance(error, errors.FeatureNotSupported) and "cached plan" in str(error):
        return Unavailable("the database")
    return error


class _Pool:
    """Connections with a transaction begun on them."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False
        self._changes = 0
        self._unchanged = asyncio.Event()
        self._unchanged.set()

    def arrive(self) -> None:
        """One more wants to write; the pool is not closed before it ``leave``s."""
        if self._closed:
            raise RuntimeError("the database is closed")
        self._changes += 1
        self._unchanged.clear()

    def leave(self) -> None:
        """One that wanted to write is through."""
        self._changes -= 1
        if not self._changes:
            self._unchanged.set()

    async def begin(self, how: str) -> Connection:
        """A connection in a fresh transaction. Those that died while they were idle are passed over."""
        for _ in range(CONNECTIONS + 1):
            connection = await self._take()
            try:
                await connection.execute(how, prepare=False)
            except BaseException as error:
                await self.end(self._pool.putconn(connection))
                if not isinstance(error, psycopg.OperationalError):
                    raise
            else:
                return connection
        raise Unavailable("the database")

    async def _take(self) -> Connection:
        try:
            return await self._pool.getconn()
        except PoolTimeout as error:
            raise Unavailable("the database") from error
        except PoolClosed as error:
            raise RuntimeError("the database is closed") from error

    async def end(self, ending: Coroutine[Any, Any, None]) -> None:
        """What ends a transaction is done in whole, even where the task that waits for it is cancelled."""
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        await asyncio.shield(task)

    async def leave_view(self, connection: Connection) -> None:
        """The view is closed, and its connection is free again."""
        with suppress(psycopg.Error):  # all was answered already
            await connection.execute("COMMIT", prepare=False)
        await self._pool.putconn(connection)

    async def undo(self, connection: Connection) -> None:
        """Nothing of the transaction is kept, and its connection is free again."""
        with suppress(psycopg.Error):  # a connection that is lost has undone it already
            # Left to its habit, psycopg forgets what it had prepared, which may be what was refused.
            await connection.execute("ROLLBACK")
        await self._pool.putconn(connection)

    async def commit(self, connection: Connection) -> None:
        """The transaction is durable, and its connection is free again."""
        try:
            await connection.execute("COMMIT", prepare=False)
        finally:
            await self._pool.putconn(connection)

    async def close(self) -> None:
        """Every transaction that wrote has ended, and no connection is left."""
        self._closed = True
        await self._unchanged.wait()
        while self._ending:
            await asyncio.wait(self._ending)
        await self._pool.close()


class _Transaction:
    """What both kinds of transaction do: ask."""

    BEGIN = ""

    def __init__(self, pool: _Pool) -> None:
        self._pool = pool
        self._open: Connection | None = None
        self._refusal: Exception | None = None
        self._streams = 0

    async def __aenter__(self) -> Self:
        self._open = await self._pool.begin(self.BEGIN)
        return self

    async def first(self, sql: str, **values: Value) -> Row | None:
        cursor = await self._ask(sql, values)
        return await cursor.fetchone() if cursor.description else None

    async def all(self, sql: str, **values: Value) -> list[Row]:
        cursor = await self._ask(sql, values)
        return [*await cursor.fetchall()] if cursor.description else []

    async def stream(self, sql: str, **values: Value) -> AsyncIterator[Sequence[Row]]:
        self._streams += 1
        name = f"stream{self._streams}"
        # Declared by hand: psycopg's own cursor object, left half read, would close itself on the connection's next
        # transaction. This one ends with its transaction.
        # Nor is it prepared: the next stream of this name has other columns.
        await self._ask(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", values, prepare=False)
        fetch = f"FETCH FORWARD {CHUNK} FROM {name}"
        while rows := await (await self._ask(fetch, {}, prepare=False)).fetchall():
            yield rows
        await self._ask(f"CLOSE {name}", {}, prepare=False)

    @property
    def _connection(self) -> Connection:
        if self._refusal is not None:
            raise RuntimeError("this transaction was refused a statement")
        return self._taken

    @property
    def _taken(self) -> Connection:
        if self._open is None:
            raise RuntimeError("this transaction has ended")
        return self._open

    async def _ask(self, sql: str, values: Mapping[str, Value], *, prepare: bool | None = None) -> Cursor:
        try:
            return await self._connection.execute(_spoken(sql), values, prepare=prepare)
        except psycopg.Error as error:
            raise await self._refused(error) from error

    async def _refused(self, error: psycopg.Error) -> Exception:
        connection = self._connection
        self._refusal = _turned(error)
        if isinstance(error, errors.UniqueViolation):
            self._refusal = await _violated(connection, error)
        return self._refusal


async def _violated(connection: Connection, error: errors.UniqueViolation) -> Exception:
    """The table and the columns of the constraint that refused a row; its transaction is rolled back."""
    index, table = error.diag.constraint_name or "", error.diag.table_name or ""
    if "__" in index:
        table, *columns = index.split("__")
        return UniqueViolated(table, tuple(columns))
    try:
        await connection.execute("ROLLBACK")
        found = await connection.execute(_COLUMNS, {"index": index, "table": table})
        return UniqueViolated(table, tuple(row["column_name"] for row in await found.fetchall()))
    except psycopg.Error as lost:
        return _turned(lost)


class _View(_Transaction):
    """A reading transaction."""

    BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._open = self._taken, None
        end = self._pool.leave_view if self._refusal is None else self._pool.undo
        await self._pool.end(end(connection))


class _Change(_Transaction):
    """A writing transaction."""

    BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"

    def __init__(self, pool: _Pool, tell: Callable[[Sequence[str | None]], None], token: str) -> None:
        super().__init__(pool)
        self._tell = tell
        self._token = token
        self._topics: list[str] = []

    async def __aenter__(self) -> Self:
        self._pool.arrive()
        try:
            return await super().__aenter__()
        except BaseException:
            self._pool.leave()
            raise

    async def run(self, sql: str, **values: Value) -> int:
        return (await self._ask(sql, values)).rowcount

    async def run_many(self, sql: str, rows: Sequence[Mapping[str, Value]]) -> None:
        cursor = self._connection.cursor()
        try:
            for start in range(0, len(rows), CHUNK):
                await cursor.executemany(_spoken(sql), rows[start : start + CHUNK])
        except psycopg.Error as error:
            raise await self._refused(error) from error

    def announce(self, topic: str) -> None:
        self._topics.append(checked(topic))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, refusal, self._open = self._taken, self._refusal, None
        try:
            if error is None and refusal is None:
                await self._pool.end(self._keep(connection))
                return
            await self._pool.end(self._pool.undo(connection))
        finally:
            self._pool.leave()
        if error is None and refusal is not None:
            raise refusal

    async def _keep(self, connection: Connection) -> None:
        topics = list(dict.fromkeys(self._topics))
        try:
            if topics:
                await self._notify(connection, topics)
            await self._pool.commit(connection)
        except psycopg.Error as error:
            self._tell([None])  # a connection lost in mid-commit leaves open whether it was kept
            raise _turned(error) from error
        self._tell(topics)
        await asyncio.sleep(0)  # the listeners hear of it before the block ends

    async def _notify(self, connection: Connection, topics: Sequence[str]) -> None:
        payloads = [f"{self._token}:{topic}" for topic in topics]
        try:
            await connection.execute(
                "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", (_CHANNEL, payloads)
            )
        except psycopg.Error:
            await self._pool.undo(connection)
            raise


class _Ear:
    """The connection that listens: announcements of other processes, and word of those that may have been missed."""

    def __init__(self, conninfo: str, connection: Connection, listeners: Listeners, token: str) -> None:
        self._conninfo = conninfo
        self._listeners = listeners
        self._own = f"{token}:"
        self.hears = True
        self._connection = connection
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Nothing is heard any more."""
        self._task.cancel()
        await asyncio.wait({self._task})
        await self._connection.close()

    async def _run(self) -> None:
        while True:
            with suppress(psycopg.Error):
                await self._hear()
            self.hears = False
            await self._connection.close()
            self._listeners.tell([None])
            self._connection = await self._again()
            self.hears = True
            self._listeners.tell([None])  # whatever was announced in between

    async def _hear(self) -> None:
        async for notification in self._connection.notifies():
            # Listeners of this process were told when it committed.
            if not notification.payload.startswith(self._own):
                self._listeners.tell([notification.payload.partition(":")[2]])

    async def _again(self) -> Connection:
        pause_s = _FIRST_PAUSE_S
        while True:
            with suppress(Unavailable, psycopg.Error):
                return await _listening(self._conninfo)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


class PostgresDatabase:
    """The port on one PostgreSQL database; see the module's text, and ``Database`` for what it promises."""

    kind: Literal["sqlite", "postgresql"] = "postgresql"

    def __init__(self, conninfo: str, pool: AsyncConnectionPool[Connection], ear: Connection) -> None:
        self._listeners = Listeners()
        self._token = secrets.token_hex(8)
        self._pool = _Pool(pool)
        self._ear = _Ear(conninfo, ear, self._listeners, self._token)
        self._epoch = 0
        self._closed = False

    def reading(self) -> _View:
        """Open one snapshot."""
        return _View(self._pool)

    def writing(self) -> _Change:
        """Open a transaction; rows that others may change meanwhile are to be locked."""
        return _Change(self._pool, self._listeners.tell, self._token)

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with what any process commits, and with None where word of it may have been lost."""
        self._listeners.add(listener)

    def epoch(self) -> int:
        """Stands still as long as announcements arrive; while none can, no two answers are alike."""
        if not self._ear.hears:
            self._epoch += 1
        return self._epoch

    async def close(self) -> None:
        """Let go of every connection, once the transactions that are committing have."""
        if not self._closed:
            self._closed = True
            await self._pool.close()
            await self._ear.close()
