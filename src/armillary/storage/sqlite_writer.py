"""The one connection that writes to a SQLite file, and the syncs that its transactions share.

A sync costs hundreds of microseconds, a statement ten. So a writing transaction is a savepoint within a batch: the
transactions of a batch run one after another on the loop's thread, and one COMMIT, in a thread of its own, makes all
of them durable while the loop goes on serving. No transaction runs while that COMMIT is under way; those that come
queue up, and are the next batch. A block ends only once its batch is durable; one that raises is rolled back alone.
Where the COMMIT itself fails, none of its batch was kept, and each of them is told so.

One long transaction keeps its whole batch waiting: what need not be one transaction, an import of thousands of rows
apart, had better be several.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

from armillary.domain.errors import Unavailable
from armillary.storage import search
from armillary.storage.announcements import Listeners
from armillary.storage.sqlite_errors import is_busy, turned

#: How long a writer waits for another process's transaction.
LOCK_TIMEOUT_S = 10.0
#: A batch is committed once it holds this many transactions, or is this old.
BATCH_SIZE = 64
BATCH_AGE_S = 0.005


class Batch:
    """The transactions that one COMMIT makes durable."""

    __slots__ = ("due_at", "ended", "size", "topics")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        #: Done once it is durable; or raises that for which none of it was kept.
        self.ended: asyncio.Future[None] = loop.create_future()
        self.due_at = loop.time() + BATCH_AGE_S
        self.size = 0
        self.topics: list[str] = []


class Writer:
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
        self._batch: Batch | None = None
        self._begging = False
        self._doubts = 0
        self._searched = search.is_kept(connection)
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
        try:
            if self._batch is None:
                await self._begin()
            self._connection.execute("SAVEPOINT one")
        except sqlite3.Error as error:
            self._pass_on()
            raise turned(error) from error
        self._holder = task
        return self._connection

    async def keep(self, topics: Iterable[str]) -> None:
        """The caller's transaction is durable. Raises: what its batch's COMMIT raised."""
        batch = self._batch
        if batch is None:
            raise AssertionError("a transaction ended outside of its batch")
        try:
            self._connection.execute("RELEASE one")
        except sqlite3.Error as error:
            self.drop()
            raise turned(error) from error
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
            if not is_busy(error):
                raise
            await self._begin_patiently()
        self._batch = Batch(self._loop)
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
            self._roll_back()
        self._pass_on()

    def _roll_back(self) -> None:
        # Where even this fails, the next BEGIN does too, and says so to somebody who waits for an answer.
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")

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

    def _commit_unless_joined(self, batch: Batch) -> None:
        if not self._hand_on():
            self._commit(batch)

    def _is_due(self, batch: Batch) -> bool:
        return batch.size >= BATCH_SIZE or (batch.size > 0 and self._loop.time() >= batch.due_at)

    def _rest(self) -> None:
        """Nobody waits and nothing is to be kept: the lock is let go of."""
        if self._batch is not None:
            self._roll_back()
            self._batch = None
        self._held = False

    def _commit(self, batch: Batch) -> None:
        committing = self._loop.run_in_executor(self._thread, self._settle_and_commit)
        committing.add_done_callback(partial(self._committed, batch))

    def _settle_and_commit(self) -> None:
        if self._searched:
            search.settle(self._connection)
        self._connection.execute("COMMIT")

    def _committed(self, batch: Batch, committing: asyncio.Future[None]) -> None:
        error = committing.exception()
        if error is None:
            self._batch = None
            self._listeners.tell(batch.topics)
            batch.ended.set_result(None)
        else:
            self._abandon(turned(error))
        self._pass_on()

    def _abandon(self, error: BaseException) -> None:
        """None of the batch was kept, and each of its transactions is told so."""
        if self._connection.in_transaction:
            self._roll_back()
        batch, self._batch = self._batch, None
        if batch is not None:
            batch.ended.set_exception(error)
            batch.ended.exception()  # seen: there may be nobody left to tell

    def _data_version(self) -> int:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version
