"""Runs SQL on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self

from opentelemetry.trace import Tracer

from BE.core.database.connections import Connector
from BE.core.database.errors import translated_errors
from BE.core.database.pool import ConnectionPool, PoolState
from BE.core.database.row_scope import current_scope
from BE.core.database.slow_statements import SlowStatements
from BE.core.database.transactions import Transactions, current_transaction, note_commit


class CannotListenError(Exception):
    """Behind a pooler no notification arrives"""


class Database:
    """Runs SQL: inside ``transaction()`` on its connection, elsewhere on a free one."""

    def __init__(
        self,
        dsn: str,
        *,
        pool_size: int,
        max_overflow: int,
        acquire_timeout: float,
        idle_lifetime: float,
        idle_poll: float = 1,
        slow_after: float = 1,
        tracer: Tracer | None = None,
    ) -> None:
        """Times are in seconds. A database that is seldom polled keeps no connections open."""
        self._connector = Connector(dsn, timeout=acquire_timeout, tracer=tracer)
        self._pool = ConnectionPool(
            self._connector,
            kept=pool_size,
            max_size=pool_size + max_overflow,
            acquire_timeout=acquire_timeout,
            idle_lifetime=idle_lifetime,
            is_kept_open=idle_poll < idle_lifetime / 3,
        )
        self._slow = SlowStatements(slow_after)
        self._transactions = Transactions(self._pool, self._connector, self._slow)

    async def __aenter__(self) -> Self:
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def warm_up(self) -> None:
        """Open and use the connections that are kept. Raises :class:`UnavailableError`."""
        await self._pool.warm_up()

    @property
    def pool(self) -> PoolState:
        return self._pool.state

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        """Raises :class:`ForeignRowsError`."""
        rows: list[Any] = await self._run("fetch", query, arguments)
        current_scope().require_owned(rows)
        return rows

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """The first row, or ``None``. Raises :class:`ForeignRowsError`."""
        row = await self._run("fetchrow", query, arguments)
        if row is not None:
            current_scope().require_owned((row,))
        return row

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row, or ``None``."""
        return await self._run("fetchval", query, arguments)

    async def execute(self, query: str, *arguments: Any) -> None:
        await self._run("execute", query, arguments)

    @property
    def in_transaction(self) -> bool:
        return current_transaction() is not None

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """Commit what the block does, or none of it. A nested one is a savepoint.

        Raises :class:`OutcomeUnknownError` when the connection is lost while committing.
        """
        return self._transactions.open()

    def snapshot(self) -> AbstractAsyncContextManager[None]:
        """Like :meth:`transaction`, but all statements see the database as the first one does.

        Raises :class:`TransactionConflictError` if it changes a row that has changed since.
        """
        return self._transactions.open_snapshot()

    def deferred_transaction(
        self, at_begin: Callable[[], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        """Like :meth:`transaction`, but it begins with the block's first statement.

        Until then no connection is held. ``at_begin`` runs before that statement.
        """
        return self._transactions.open_deferred(at_begin)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once the transaction has committed: at once, if there is none."""
        transaction = current_transaction()
        if transaction is None:
            callback()
        else:
            transaction.after_commit.append(callback)

    @asynccontextmanager
    async def listening(
        self, channel: str, receive: Callable[[str], None]
    ) -> AsyncIterator[asyncio.Event]:
        """Call ``receive`` with each notification, on a connection of its own outside the pool.

        Yields an event that is set when the connection is lost. Raises
        :class:`CannotListenError` behind a pooler.
        """
        lost = asyncio.Event()
        connection = await self._connector.connect()
        try:
            if self._connector.is_behind_pooler:
                raise CannotListenError
            connection.add_termination_listener(lambda _: lost.set())
            with translated_errors:
                await connection.add_listener(channel, lambda *notified: receive(notified[-1]))
            yield lost
        finally:
            connection.terminate()

    async def _run(self, method: str, query: str, arguments: tuple[Any, ...]) -> Any:
        transaction = current_transaction()
        if (
            transaction is None
            and current_scope().holds_reads
            and self._connector.takes_serving_role
        ):
            with translated_errors:
                return await self._transactions.run_held(method, query, arguments)
        with translated_errors:
            if transaction is not None:
                connection = await self._transactions.connection_of(transaction)
                began = self._slow.now()
                try:
                    return await getattr(connection, method)(query, *arguments)
                finally:
                    self._slow.note(query, began)
            connection = await self._pool.acquire()
            began = self._slow.now()
            try:
                result = await getattr(connection, method)(query, *arguments)
            except BaseException:
                await self._pool.discard(connection)
                raise
            finally:
                self._slow.note(query, began)
            note_commit()
            await self._pool.release(connection)
            return result
