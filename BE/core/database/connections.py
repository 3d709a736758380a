"""Connects to PostgreSQL, directly or through a pooler."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
from opentelemetry.trace import Tracer

from BE.core.database.errors import translated_errors
from BE.core.database.row_scope import MAY_TAKE_ROLE, SERVING_ROLE, RowScope
from BE.core.product import SLUG
from BE.core.telemetry.tracing import statement_span

SERVER_SETTINGS = {
    # lock < statement < client side < request
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    # It compiles a statement at each execution: half a second for a claim that takes 40 ms.
    "jit": "off",
}
_COMMAND_TIMEOUT = 6.0
_CONNECT_TIMEOUT = 5.0

# Parameters that libpq or another client understands; asyncpg would send them to the server.
_CLIENT_PARAMETERS = {"channel_binding", "connect_timeout", "gssencmode", "pgbouncer", "sslsni"}


def connect_arguments(dsn: str) -> dict[str, Any]:
    """Arguments of asyncpg for a ``dsn`` in the form of psql, a hosting panel or SQLAlchemy."""
    parts = urlsplit(dsn)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in _CLIENT_PARAMETERS]
    scheme = parts.scheme.partition("+")[0]
    return {"dsn": urlunsplit(parts._replace(scheme=scheme, query=urlencode(query)))}


async def connect(dsn: str, **options: Any) -> Any:
    """Open one connection outside any pool, without statement timeouts: for migrations.

    Raises :class:`UnavailableError`.
    """
    with translated_errors:
        return await asyncpg.connect(**connect_arguments(dsn), **options)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    """Hold a connection for the block, to inspect the server.

    Raises :class:`UnavailableError`.
    """
    connection = await connect(dsn, statement_cache_size=0, timeout=_CONNECT_TIMEOUT)
    try:
        yield connection
    finally:
        await _hang_up(connection)


async def _hang_up(connection: Any) -> None:
    """Close politely; a server that does not answer within a second is left alone."""
    with suppress(TimeoutError):  # asyncpg has cut the connection by then
        await connection.close(timeout=1)


async def is_pooled(connection: Any) -> bool:
    """Whether a pooler in transaction mode (PgBouncer) is between us and the server."""
    served_by = await connection.fetchval("SELECT pg_backend_pid()")
    return bool(served_by != connection.get_server_pid())


async def may_take_serving_role(connection: Any) -> bool:
    """Whether this user may, and ``migrate`` has given the role its rights in this database."""
    with translated_errors:
        return bool(
            await connection.fetchval(
                f"""
                SELECT bool_or(
                    {MAY_TAKE_ROLE}
                    AND has_table_privilege(oid, to_regclass('events.event'), 'INSERT')
                )
                FROM pg_roles
                WHERE rolname = $1
                """,  # noqa: S608 - a constant
                SERVING_ROLE,
            )
        )


def is_lost(connection: Any) -> bool:
    try:
        closed: bool = connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has already taken it back
        return True
    return closed


class PooledConnection(asyncpg.Connection):  # type: ignore[misc]
    """Records when it was last used."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.note_use()

    def note_use(self) -> None:
        self._used_at = time.monotonic()

    def idle_time(self) -> float:
        """In seconds."""
        return time.monotonic() - self._used_at


class Connector:
    """Opens the connections of a pool; the first one detects whether a pooler is in between.

    A pooler in transaction mode (PgBouncer) gives each transaction another server process, so
    neither prepared statements nor session settings outlive one.
    """

    def __init__(self, dsn: str, *, timeout: float, tracer: Tracer | None = None) -> None:
        """``timeout`` is in seconds, for one connection."""
        self._dsn = dsn
        self._timeout = timeout
        self.connection_class = _traced_connection(tracer) if tracer else PooledConnection
        self.is_behind_pooler: bool | None = None
        """``None`` before the first connection."""
        self.takes_serving_role = False
        """Whether transactions run in the serving role: it is there, and was given its rights."""

    async def connect(self, *_: Any, **options: Any) -> Any:
        """Raises :class:`UnavailableError`."""
        if self.is_behind_pooler is None:
            probe = await connect(self._dsn, statement_cache_size=0, timeout=self._timeout)
            try:
                self.is_behind_pooler = await is_pooled(probe)
            finally:
                await _hang_up(probe)
        if self.is_behind_pooler:
            options["statement_cache_size"] = 0
        else:
            options["server_settings"] = {"application_name": SLUG, **SERVER_SETTINGS}
        connection = await connect(
            self._dsn, command_timeout=_COMMAND_TIMEOUT, timeout=self._timeout, **options
        )
        if not self.takes_serving_role:
            try:
                self.takes_serving_role = await may_take_serving_role(connection)
            except BaseException:
                connection.terminate()
                raise
        return connection

    def begin_statement(self, *, is_snapshot: bool, scope: RowScope) -> str:
        """One message, so that the settings of the transaction cost no round trip."""
        statements = ["BEGIN ISOLATION LEVEL REPEATABLE READ" if is_snapshot else "BEGIN"]
        if self.is_behind_pooler:
            statements += (f"SET LOCAL {name} = '{to}'" for name, to in SERVER_SETTINGS.items())
        if self.takes_serving_role:
            statements.append(f"SET LOCAL ROLE {SERVING_ROLE}")
        statements.append(scope.setting)
        return "; ".join(statements)


def _traced_connection(tracer: Tracer) -> Any:
    """A class of connections that creates a span for each statement inside a trace."""

    class TracedConnection(PooledConnection):
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
