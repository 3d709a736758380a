"""Moves a database to a revision of the schema, however many processes try at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from asyncpg import PostgresError

from BE.core.database.connections import connect, is_pooled
from BE.core.exceptions import UnavailableError
from migrations.extensions import require_extensions
from migrations.indexes import drop_unfinished_indexes, rebuild_invalid_indexes
from migrations.lanes import HOME, TEAM, TEMPLATE
from migrations.refusals import MigrationRefused, message_of
from migrations.revisions import Applied, Plan, RevisionChain
from migrations.serving_role import provide_serving_role

_LOCK = 0x626F756E646564  # an arbitrary number of ours, the same in each release
_LOCK_POLL = 0.2


class NotMigrated(UnavailableError):
    """The database does not have the schema of this version: run `python manage.py migrate`"""


class Schema:
    def __init__(self, dsn: str, home: Path = HOME) -> None:
        self._dsn = dsn
        self._home = home

    async def migrate(self, target: str = "head") -> None:
        """Go up or down to ``target`` (``head``, ``base`` or an id), one revision after another.

        Raises :class:`RevisionConflict` and :class:`UnknownRevision` before anything is applied,
        :class:`AdministratorNeeded`, and :class:`MigrationRefused`.
        """
        chain = RevisionChain.read(self._home)
        async with self._connected() as connection, self._alone():
            applied = await _applied(connection)
            if (moved := chain.moved(applied)) != applied:
                await _record(connection, moved)
            plan = chain.plan(moved, target)
            if not plan.is_upgrade:
                await self._apply(plan)
                return
            async with connection.transaction():
                await require_extensions(connection, is_new=not applied)
            await drop_unfinished_indexes(connection, lambda: _sql_of(plan))
            await self._apply(plan)
            await _rebuild_invalid_indexes(connection)
            async with connection.transaction():
                await provide_serving_role(connection)

    async def plan(self, target: str = "head") -> Plan:
        """What :meth:`migrate` would do. Raises as it does, except :class:`MigrationRefused`."""
        chain = RevisionChain.read(self._home)
        async with self._connected() as connection:
            return chain.plan(chain.moved(await _applied(connection)), target)

    async def require_current(self) -> None:
        """Raise :class:`NotMigrated` where the schema is behind this code.

        One that is ahead is fine: during a rolling deployment the old code still serves. Raises
        :class:`RevisionConflict`.
        """
        chain = RevisionChain.read(self._home)
        async with self._connected() as connection:
            applied = await _applied(connection)
        if chain.is_behind(applied):
            raise NotMigrated

    async def require_extensions(self) -> None:
        """Raise :class:`AdministratorNeeded` where :meth:`migrate` would; this changes nothing."""
        async with self._connected() as connection:
            is_new = not await _applied(connection)
            trial = connection.transaction()
            await trial.start()
            try:
                await require_extensions(connection, is_new=is_new)
            finally:
                await trial.rollback()

    async def _apply(self, plan: Plan) -> None:
        if plan.revisions:
            from migrations.applying import apply  # noqa: PLC0415 - usually there is nothing to apply

            await apply(plan, self._open)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        connection = await self._open()
        try:
            yield connection
        finally:
            await connection.close()

    async def _open(self, **_: Any) -> Any:
        connection = await connect(self._dsn, statement_cache_size=0)
        try:
            if not await is_pooled(connection):
                # a role's timeouts for requests would abort the build of a large index
                await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        except BaseException:  # an application that stops during its start cancels this
            connection.terminate()
            raise
        return connection

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Hold the lock of migrations for the block; in a transaction, so through a pooler too.

        Neither the holder nor those waiting keep a snapshot: a revision's ``CREATE INDEX
        CONCURRENTLY`` waits until every older one has gone.
        """
        async with self._connected() as connection:
            holding = connection.transaction()
            await holding.start()
            while not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                await holding.rollback()
                await asyncio.sleep(_LOCK_POLL)
                holding = connection.transaction()
                await holding.start()
            # as the latest statement it also ends the snapshot of the SELECT
            await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            try:
                yield
            finally:
                await holding.rollback()


async def _applied(connection: Any) -> Applied:
    """Read from Alembic's tables."""
    found = {}
    async with connection.transaction():
        for lane in (TEMPLATE, TEAM):
            if await connection.fetchval("SELECT to_regclass($1)", lane.table) is not None:
                newest = f"SELECT version_num FROM {lane.table}"  # noqa: S608 - ours
                found[lane] = await connection.fetchval(newest)
    return {lane: newest for lane, newest in found.items() if newest is not None}


async def _record(connection: Any, applied: Applied) -> None:
    """In a database that had one lane, record what is applied in both."""
    async with connection.transaction():
        await connection.execute(
            "CREATE TABLE alembic_version_of_team (version_num varchar(32) NOT NULL,"
            " CONSTRAINT alembic_version_of_team_pkc PRIMARY KEY (version_num))"
        )
        await connection.execute("INSERT INTO alembic_version_of_team VALUES ($1)", applied[TEAM])
        await connection.execute("UPDATE alembic_version SET version_num = $1", applied[TEMPLATE])


async def _rebuild_invalid_indexes(connection: Any) -> None:
    try:
        await rebuild_invalid_indexes(connection)
    except PostgresError as error:
        raise MigrationRefused(
            f"An index is invalid and cannot be built anew ({message_of(error)}):"
            " mend that, or drop the index, and run migrate again."
        ) from None


def _sql_of(plan: Plan) -> str:
    from migrations.applying import sql_of  # noqa: PLC0415 - as above

    return sql_of(*plan.revisions)
