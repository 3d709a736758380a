"""The ambient transaction: it belongs to one task, and a nested one is a savepoint."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from BE.core.context import current_request
from BE.core.database.connections import Connector, is_lost
from BE.core.database.errors import LOST, translate, translated_errors
from BE.core.database.pool import RELEASE_TIMEOUT, ConnectionPool
from BE.core.database.row_scope import NOBODY, RowScope, current_scope
from BE.core.database.slow_statements import SlowStatements
from BE.core.exceptions import OutcomeUnknownError, UnavailableError


@dataclass(slots=True)
class Transaction:
    task: asyncio.Task[Any] | None
    connection: Any = None
    """``None`` until the transaction begins."""
    at_begin: Callable[[], Awaitable[None]] | None = None
    is_snapshot: bool = False
    scope: RowScope = NOBODY
    """The scope of rows that PostgreSQL enforces on its statements."""
    is_over: bool = False
    depth: int = 0
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_ambient: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def current_transaction() -> Transaction | None:
    """Raises :class:`RuntimeError` inside a transaction of another task."""
    transaction = _ambient.get()
    if transaction is None or transaction.is_over:
        return None
    if transaction.task is not asyncio.current_task():
        raise RuntimeError("a transaction belongs to one task: run its queries one by one")
    return transaction


def note_commit() -> None:
    """Note that the current request has done something that cannot be undone."""
    request = current_request()
    if request is not None:
        request.has_committed = True


class Transactions:
    """Opens transactions on the connections of a pool."""

    def __init__(self, pool: ConnectionPool, connector: Connector, slow: SlowStatements) -> None:
        self._pool = pool
        self._slow = slow
        self._connector = connector

    async def begin(self, transaction: Transaction) -> Any:
        """Send BEGIN; return the transaction's connection."""
        transaction.connection = await self._pool.acquire()
        transaction.scope = current_scope()
        begin = self._connector.begin_statement(
            is_snapshot=transaction.is_snapshot, scope=transaction.scope
        )
        await transaction.connection.execute(begin)
        if transaction.at_begin is not None:
            await transaction.at_begin()
        return transaction.connection

    async def run_held(self, method: str, query: str, arguments: tuple[Any, ...]) -> Any:
        """Run one statement in a transaction of its own, limited to the current row scope."""
        connection = await self._pool.acquire()
        try:
            begin = self._connector.begin_statement(is_snapshot=False, scope=current_scope())
            await connection.execute(begin)
            began = self._slow.now()
            try:
                result = await getattr(connection, method)(query, *arguments)
            finally:
                self._slow.note(query, began)
            await _commit(connection)
        except BaseException:
            await _roll_back(connection)
            await self._pool.discard(connection)
            raise
        await self._pool.release(connection)
        return result

    async def connection_of(self, transaction: Transaction) -> Any:
        """The connection, limited to the current row scope of its task."""
        connection = transaction.connection or await self.begin(transaction)
        scope = current_scope()
        if scope != transaction.scope:
            await connection.execute(scope.setting)
            transaction.scope = scope
        return connection

    def open(self) -> AbstractAsyncContextManager[None]:
        """Commit what the block does, or none of it; inside another one, as a savepoint."""
        outer = current_transaction()
        if outer is not None:
            return self._savepoint(outer)
        return self._outermost(Transaction(asyncio.current_task()))

    def open_snapshot(self) -> AbstractAsyncContextManager[None]:
        """Like :meth:`open`, but all statements see the database as the first one does."""
        if current_transaction() is not None:
            raise RuntimeError("a transaction is open already: it has seen what came since")
        return self._outermost(Transaction(asyncio.current_task(), is_snapshot=True))

    def open_deferred(
        self, at_begin: Callable[[], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        """Like :meth:`open`, but the transaction begins with the block's first statement."""
        if current_transaction() is not None:
            raise RuntimeError("a transaction is open already: its beginning cannot be deferred")
        return self._outermost(Transaction(asyncio.current_task(), at_begin=at_begin))

    @asynccontextmanager
    async def _outermost(self, transaction: Transaction) -> AsyncIterator[None]:
        token = _ambient.set(transaction)
        is_deferred = transaction.at_begin is not None
        try:
            try:
                if not is_deferred:
                    with translated_errors:
                        await self.begin(transaction)
                yield
            except BaseException:
                if transaction.connection is not None:
                    await _roll_back(transaction.connection)
                raise
            finally:
                # a task started inside the block has a copy of the variable: it must see the end
                transaction.is_over = True
                _ambient.reset(token)
            if transaction.connection is not None:
                began = self._slow.now()
                await _commit(transaction.connection)
                self._slow.note("COMMIT", began)
        except BaseException:
            if transaction.connection is not None:
                await self._pool.discard(transaction.connection)
            raise
        if transaction.connection is not None:
            await self._pool.release(transaction.connection)
        for callback in transaction.after_commit:
            callback()

    @asynccontextmanager
    async def _savepoint(self, transaction: Transaction) -> AsyncIterator[None]:
        name = f"s{transaction.depth}"
        callbacks = len(transaction.after_commit)
        with translated_errors:
            connection = transaction.connection or await self.begin(transaction)
            scope = transaction.scope
            await connection.execute(f"SAVEPOINT {name}")
        transaction.depth += 1
        try:
            yield
        except BaseException:
            del transaction.after_commit[callbacks:]
            with translated_errors:
                await transaction.connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")
            transaction.scope = scope
            raise
        else:
            with translated_errors:
                await transaction.connection.execute(f"RELEASE {name}")
        finally:
            transaction.depth -= 1


async def _commit(connection: Any) -> None:
    if is_lost(connection):  # then the server has rolled back
        raise UnavailableError
    try:
        status = await connection.execute("COMMIT")
    except (*LOST, asyncio.CancelledError) as error:
        raise OutcomeUnknownError from error
    except asyncpg.PostgresError as error:
        raise translate(error) from error
    if status != "COMMIT":
        # the server answers COMMIT with ROLLBACK after a statement that failed
        raise RuntimeError("a statement failed inside the transaction, and its error was swallowed")
    note_commit()


async def _roll_back(connection: Any) -> None:
    if is_lost(connection):
        return
    try:
        async with asyncio.timeout(RELEASE_TIMEOUT):
            await connection.execute("ROLLBACK")
    except (*LOST, asyncpg.PostgresError):
        if not is_lost(connection):
            connection.terminate()  # the server rolls back when it loses its client
