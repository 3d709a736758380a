"""The asyncpg pool, the ambient transaction, and the driver's errors translated once."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import structlog
from opentelemetry.trace import Tracer

from BE.core.context import current_request
from BE.core.exceptions import (
    DomainError,
    InvalidInputError,
    OutcomeUnknownError,
    TransactionConflictError,
    UnavailableError,
    UniqueViolationError,
)
from BE.core.telemetry.tracing import statement_span

log = structlog.get_logger(__name__)

# lock < statement < client side < request
_SERVER_TIMEOUTS = {
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
}
_COMMAND_TIMEOUT = 6.0
_CLOSE_TIMEOUT = 3.0
_CONNECT_TIMEOUT = 5.0
_LEAVE_TIMEOUT = 0.5

# Parameters that libpq or another client understands; asyncpg would send them to the server.
_CLIENT_PARAMETERS = {"channel_binding", "connect_timeout", "gssencmode", "pgbouncer", "sslsni"}

_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
_INVALID = (
    asyncpg.DataError,
    asyncpg.exceptions._base.DataError,  # noqa: SLF001 - the driver's own, of the same name
    asyncpg.CheckViolationError,
    asyncpg.NotNullViolationError,
)
_UNAVAILABLE = (
    *_LOST,
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.LockNotAvailableError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # the database takes no connections
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    # not migrated yet
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
)


def connect_arguments(dsn: str) -> dict[str, Any]:
    """What asyncpg needs to connect to ``dsn``, written for psql, a hosting panel or SQLAlchemy."""
    parts = urlsplit(dsn)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _CLIENT_PARAMETERS]
    scheme = parts.scheme.partition("+")[0]
    return {"dsn": urlunsplit(parts._replace(scheme=scheme, query=urlencode(query)))}


def translate(error: Exception) -> Exception:
    """The error the caller should see for one of the driver's."""
    match error:
        case asyncpg.UniqueViolationError():
            return UniqueViolationError(error.constraint_name or "")
        case asyncpg.DeadlockDetectedError() | asyncpg.SerializationError():
            return TransactionConflictError()
        case _ if isinstance(error, _INVALID):
            log.error("validation_hole", error=type(error).__name__)
            return InvalidInputError()
        case _ if isinstance(error, _UNAVAILABLE):
            return UnavailableError()
    return error


class CannotListenError(Exception):
    """A pooler stands between us and the server, and hands notifications to nobody."""


class _Translated:
    """Translates what the driver raises inside the block."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, DomainError):
            translated = translate(error)
            if translated is not error:
                raise translated from error


_translated = _Translated()


async def connect(dsn: str, **options: Any) -> Any:
    """Open one connection outside any pool, without statement timeouts: for migrations.

    Raises :class:`UnavailableError`.
    """
    with _translated:
        return await asyncpg.connect(**connect_arguments(dsn), **options)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    """A connection for the block, to look at the server by. Raises :class:`UnavailableError`."""
    connection = await connect(dsn, statement_cache_size=0, timeout=_CONNECT_TIMEOUT)
    try:
        yield connection
    finally:
        await connection.close(timeout=1)


async def is_pooled(connection: Any) -> bool:
    """Whether a pooler in transaction mode (PgBouncer) stands between us and the server."""
    served_by = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(served_by != connection.get_server_pid())


@dataclass(slots=True)
class _Transaction:
    task: asyncio.Task[Any] | None
    connection: Any = None
    at_begin: Callable[[], Awaitable[None]] | None = None
    is_over: bool = False
    depth: int = 0
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_ambient: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)


@dataclass(frozen=True, slots=True)
class PoolState:
    """How many connections are meant to be kept open, are open, and are open and free."""

    kept: int
    size: int
    idle: int

    @property
    def in_use(self) -> int:
        return self.size - self.idle


class Database:
    """Runs SQL on a pool: inside ``transaction()`` on its connection, elsewhere on a free one."""

    def __init__(
        self,
        dsn: str,
        *,
        pool_size: int,
        max_overflow: int,
        acquire_timeout: float,
        idle_lifetime: float,
        tracer: Tracer | None = None,
    ) -> None:
        """``acquire_timeout`` and ``idle_lifetime`` are in seconds."""
        self._dsn = dsn
        self._pool_size = pool_size
        self._max_size = pool_size + max_overflow
        self._acquire_timeout = acquire_timeout
        self._idle_lifetime = idle_lifetime
        self._connection_class = _traced_by(tracer) if tracer else asyncpg.Connection
        self._behind_pooler: bool | None = None
        self._pool: Any = None
        self._taken = 0
        self._at_hand: list[Any] = []
        self._waiters: deque[asyncio.Future[Any]] = deque()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Make the pool; connections open when they are needed, so the server may still be away."""
        self._pool = await asyncpg.create_pool(
            min_size=0,
            max_size=self._max_size,
            max_inactive_connection_lifetime=self._idle_lifetime,
            connect=self._connect,
            connection_class=self._connection_class,
            reset=_keep_session,
        )
        self._keeper = asyncio.create_task(self._keep_open())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await self._return_at_hand()
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def warm_up(self) -> None:
        """Open and use the connections that are kept, or raise :class:`UnavailableError`."""
        free = self._pool_size - self.pool.in_use
        with _translated:
            connections = await asyncio.gather(
                *(self._acquire() for _ in range(free)),
                return_exceptions=True,
            )
            opened = [each for each in connections if not isinstance(each, BaseException)]
            used = await asyncio.gather(
                *(connection.execute("SELECT 1") for connection in opened), return_exceptions=True
            )
            for connection in opened:
                await self._return(connection)
            for each in (*connections, *used):
                if isinstance(each, BaseException):
                    raise each

    async def _keep_open(self) -> None:
        """Use what is kept before it is idle for too long: asyncpg would close all of it.

        A firewall that forgets silent connections sees them speak.
        """
        while True:
            await asyncio.sleep(self._idle_lifetime / 3)
            try:
                await self._return_at_hand()
                await self.warm_up()
            except UnavailableError:
                pass  # whoever needs a connection says so
            except Exception:
                log.exception("pool_not_kept_open")

    async def fetch(self, query: str, *arguments: Any) -> list[Any]:
        rows: list[Any] = await self._run("fetch", query, arguments)
        return rows

    async def fetchrow(self, query: str, *arguments: Any) -> Any:
        """The first row, or ``None``."""
        return await self._run("fetchrow", query, arguments)

    async def fetchval(self, query: str, *arguments: Any) -> Any:
        """The first column of the first row, or ``None``."""
        return await self._run("fetchval", query, arguments)

    async def execute(self, query: str, *arguments: Any) -> None:
        await self._run("execute", query, arguments)

    async def _run(self, method: str, query: str, arguments: tuple[Any, ...]) -> Any:
        transaction = self._current()
        with _translated:
            if transaction is not None:
                connection = transaction.connection or await self._begin(transaction)
                return await getattr(connection, method)(query, *arguments)
            connection = await self._acquire()
            try:
                result = await getattr(connection, method)(query, *arguments)
            except BaseException:
                await self._return(connection)
                raise
            _note_commit()
            await self._release(connection)
            return result

    async def _acquire(self) -> Any:
        """A connection at hand, or else one of the pool's, whose bookkeeping takes 50 µs."""
        while True:
            if not self._at_hand and self._taken < self._max_size:
                return await self._take()
            connection = self._at_hand.pop() if self._at_hand else await self._wait()
            if connection is not None:
                if not _is_lost(connection):
                    return connection
                await self._return(connection)

    async def _take(self) -> Any:
        self._taken += 1
        try:
            return await self._pool.acquire(timeout=self._acquire_timeout)
        except BaseException:
            self._taken -= 1
            self._hand_on(None)
            raise

    async def _wait(self) -> Any:
        """What somebody else gives back; ``None`` where there is room for another connection."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_timeout):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled():  # it came too late
                self._hand_on(waiter.result())
            raise

    def _hand_on(self, connection: Any) -> None:
        """To whoever waits longest, if anybody does; else it stays at hand."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            self._at_hand.append(connection)

    async def _release(self, connection: Any) -> None:
        """Lend a connection on which nothing went wrong again, without asking the pool."""
        if self._pool.is_closing():
            await self._return(connection)
        else:
            self._hand_on(connection)

    async def _return_at_hand(self) -> None:
        """Give the pool what nobody uses: it closes what stays idle."""
        while self._at_hand:
            await self._return(self._at_hand.pop())

    async def _return(self, connection: Any) -> None:
        """Give the pool a connection. One that a frozen server does not let go of is closed."""
        try:
            await self._pool.release(connection, timeout=_LEAVE_TIMEOUT)
        except (*_LOST, asyncpg.PostgresError) as error:
            log.info("connection_discarded", error=type(error).__name__)
        finally:
            self._taken -= 1
            self._hand_on(None)

    @property
    def pool(self) -> PoolState:
        idle = self._pool.get_idle_size() + len(self._at_hand)
        return PoolState(self._pool_size, self._pool.get_size(), idle)

    @property
    def in_transaction(self) -> bool:
        return self._current() is not None

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` once what is being done is committed: now, without a transaction."""
        transaction = self._current()
        if transaction is None:
            callback()
        else:
            transaction.after_commit.append(callback)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit what the block does, or none of it. A nested one is a savepoint.

        Raises :class:`OutcomeUnknownError` when the connection is lost while committing.
        """
        outer = self._current()
        if outer is not None:
            async with self._savepoint(outer):
                yield
            return

        async with self._outermost(_Transaction(asyncio.current_task())) as transaction:
            with _translated:
                await self._begin(transaction)
            yield

    @asynccontextmanager
    async def deferred_transaction(
        self, at_begin: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """As :meth:`transaction`, but it begins with the block's first statement.

        Until then no connection is held. ``at_begin`` comes before that statement.
        """
        if self._current() is not None:
            raise RuntimeError("a transaction is open already: its beginning cannot be deferred")
        async with self._outermost(_Transaction(asyncio.current_task(), at_begin=at_begin)):
            yield

    @asynccontextmanager
    async def _outermost(self, transaction: _Transaction) -> AsyncIterator[_Transaction]:
        token = _ambient.set(transaction)
        try:
            try:
                yield transaction
            except BaseException:
                if transaction.connection is not None:
                    await _roll_back(transaction.connection)
                raise
            finally:
                # a task started inside the block has a copy of the variable: it must see the end
                transaction.is_over = True
                _ambient.reset(token)
            if transaction.connection is not None:
                await _commit(transaction.connection)
        except BaseException:
            if transaction.connection is not None:
                await self._return(transaction.connection)
            raise
        if transaction.connection is not None:
            await self._release(transaction.connection)
        for callback in transaction.after_commit:
            callback()

    async def _begin(self, transaction: _Transaction) -> Any:
        transaction.connection = await self._acquire()
        await transaction.connection.execute(self._begin_statement)
        if transaction.at_begin is not None:
            await transaction.at_begin()
        return transaction.connection

    @asynccontextmanager
    async def listening(
        self, channel: str, hear: Callable[[str], None]
    ) -> AsyncIterator[asyncio.Event]:
        """Call ``hear`` with each notification, on a connection of its own beside the pool.

        Yields an event that is set when the connection is lost. Raises
        :class:`CannotListenError` behind a pooler.
        """
        lost = asyncio.Event()
        connection = await self._connect()
        try:
            if self._behind_pooler:
                raise CannotListenError
            connection.add_termination_listener(lambda _: lost.set())
            with _translated:
                await connection.add_listener(channel, lambda *said: hear(said[-1]))
            yield lost
        finally:
            connection.terminate()

    @asynccontextmanager
    async def _savepoint(self, transaction: _Transaction) -> AsyncIterator[None]:
        name = f"s{transaction.depth}"
        waiting = len(transaction.after_commit)
        with _translated:
            connection = transaction.connection or await self._begin(transaction)
            await connection.execute(f"SAVEPOINT {name}")
        transaction.depth += 1
        try:
            yield
        except BaseException:
            del transaction.after_commit[waiting:]
            with _translated:
                await transaction.connection.execute(f"ROLLBACK TO {name}; RELEASE {name}")
            raise
        else:
            with _translated:
                await transaction.connection.execute(f"RELEASE {name}")
        finally:
            transaction.depth -= 1

    @staticmethod
    def _current() -> _Transaction | None:
        transaction = _ambient.get()
        if transaction is None or transaction.is_over:
            return None
        if transaction.task is not asyncio.current_task():
            raise RuntimeError("a transaction belongs to one task: run its queries one by one")
        return transaction

    @property
    def _begin_statement(self) -> str:
        if not self._behind_pooler:
            return "BEGIN"
        local = (f"SET LOCAL {name} = '{value}'" for name, value in _SERVER_TIMEOUTS.items())
        return "; ".join(["BEGIN", *local])

    async def _connect(self, *_: Any, **options: Any) -> Any:
        """Open a connection of the pool; the first one finds out what it talks to.

        A pooler in transaction mode (PgBouncer) hands each transaction to another server
        process, so neither prepared statements nor session settings outlive one.
        """
        if self._behind_pooler is None:
            probe = await connect(self._dsn, statement_cache_size=0, timeout=self._acquire_timeout)
            try:
                self._behind_pooler = await is_pooled(probe)
            finally:
                await probe.close(timeout=1)
        if self._behind_pooler:
            options["statement_cache_size"] = 0
        else:
            options["server_settings"] = {"application_name": "bounded", **_SERVER_TIMEOUTS}
        return await connect(
            self._dsn,
            command_timeout=_COMMAND_TIMEOUT,
            timeout=self._acquire_timeout,
            **options,
        )


def _traced_by(tracer: Tracer) -> Any:
    """A class of connections whose statements become spans of the trace they belong to."""

    class TracedConnection(asyncpg.Connection):  # type: ignore[misc]
        async def fetch(self, query: str, *arguments: Any, **options: Any) -> Any:
            with statement_span(tracer, query):
                return await super().fetch(query, *arguments, **options)

        async def fetchrow(self, query: str, *arguments: Any, **options: Any) -> Any:
            with statement_span(tracer, query):
                return await super().fetchrow(query, *arguments, **options)

        async def fetchval(self, query: str, *arguments: Any, **options: Any) -> Any:
            with statement_span(tracer, query):
                return await super().fetchval(query, *arguments, **options)

        async def execute(self, query: str, *arguments: Any, **options: Any) -> Any:
            with statement_span(tracer, query):
                return await super().execute(query, *arguments, **options)

    return TracedConnection


async def _keep_session(_: Any) -> None:
    """Reset nothing: no repository changes its session, and a reset is a round trip."""


async def _commit(connection: Any) -> None:
    if _is_lost(connection):  # then the server has rolled back
        raise UnavailableError
    try:
        status = await connection.execute("COMMIT")
    except (*_LOST, asyncio.CancelledError) as error:
        raise OutcomeUnknownError from error
    except asyncpg.PostgresError as error:
        raise translate(error) from error
    if status != "COMMIT":
        # the server answers a COMMIT with ROLLBACK when a statement failed and nobody said so
        raise RuntimeError("a statement failed inside the transaction, and its error was swallowed")
    _note_commit()


def _note_commit() -> None:
    request = current_request()
    if request is not None:
        request.has_committed = True


async def _roll_back(connection: Any) -> None:
    if _is_lost(connection):
        return
    try:
        async with asyncio.timeout(_LEAVE_TIMEOUT):
            await connection.execute("ROLLBACK")
    except (*_LOST, asyncpg.PostgresError):
        if not _is_lost(connection):
            connection.terminate()  # the server rolls back what has lost its client


def _is_lost(connection: Any) -> bool:
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has already taken it away
        return True
    return closed
