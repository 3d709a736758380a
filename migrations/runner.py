"""Moves a database to a revision of the schema, however many processes try at once."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from BE.core.database.connections import connect, is_pooled
from BE.core.exceptions import UnavailableError
from migrations.extensions import message_of, require_extensions
from migrations.indexes import drop_unfinished_indexes, rebuild_invalid_indexes
from migrations.lanes import HOME, TEAM, TEMPLATE, Lane
from migrations.revisions import Applied, Plan, Revision, RevisionChain
from migrations.serving_role import provide_serving_role

log = structlog.get_logger(__name__)

_LOCK = 0x626F756E646564  # any number that is ours, and the same in each release
_LOCK_POLL = 0.2
_LOCK_TIMEOUT = "1s"  # shorter than a request's own: who queues behind a revision still succeeds
_BUSY = {"55P03", "40P01"}  # lock_not_available, deadlock_detected
_ATTEMPTS = 60
_RETRY_DELAYS = (0.5, 2.0)


class NotMigrated(UnavailableError):
    """The database does not have the schema of this version: run `python manage.py migrate`"""


class MigrationRefused(UnavailableError):
    """PostgreSQL, or the data, do not allow it; the message says how to mend that."""


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
        async with _engine(self._dsn) as engine, _alone(engine):
            applied = await _applied(engine)
            if (moved := chain.moved(applied)) != applied:
                await _record(engine, moved)
            plan = chain.plan(moved, target)
            if not plan.is_upgrade:
                await _run_all(engine, plan)
                return
            async with engine.begin() as connection:
                await require_extensions(connection, is_new=not applied)
            async with engine.connect() as connection:
                committing = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await drop_unfinished_indexes(committing, lambda: sql_of(*plan.revisions))
                await _run_all(engine, plan)
                await _rebuild_invalid_indexes(committing)
            async with engine.begin() as connection:
                await provide_serving_role(connection)

    async def plan(self, target: str = "head") -> Plan:
        """What :meth:`migrate` would do. Raises as it does, except :class:`MigrationRefused`."""
        chain = RevisionChain.read(self._home)
        async with _engine(self._dsn) as engine:
            return chain.plan(chain.moved(await _applied(engine)), target)

    async def require_current(self) -> None:
        """Raise :class:`NotMigrated` where the schema is behind this code.

        One that is ahead is good: during a rolling deployment the old code still serves. Raises
        :class:`RevisionConflict`.
        """
        chain = RevisionChain.read(self._home)
        async with _engine(self._dsn) as engine:
            applied = await _applied(engine)
        if chain.is_behind(applied):
            raise NotMigrated

    async def require_extensions(self) -> None:
        """Raise :class:`AdministratorNeeded` where :meth:`migrate` would; nothing is changed."""
        async with _engine(self._dsn) as engine, engine.connect() as connection:
            await require_extensions(connection, is_new=not await _applied(engine))


@asynccontextmanager
async def _engine(dsn: str) -> AsyncIterator[AsyncEngine]:
    async def open_connection(**_: Any) -> Any:
        connection = await connect(dsn, statement_cache_size=0)
        if not await is_pooled(connection):
            # what a role is given for requests would end the build of a large index
            await connection.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        return connection

    yield create_async_engine(
        "postgresql+asyncpg://", async_creator=open_connection, poolclass=NullPool
    )


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the lock of migrations for the block; in a transaction, so through a pooler too.

    Neither the holder nor who waits for it keeps a snapshot: the ``CREATE INDEX CONCURRENTLY`` of
    a revision waits until every older one has gone.
    """
    async with engine.connect() as connection:
        attempt = text("SELECT pg_try_advisory_xact_lock(:lock)")
        while not await connection.scalar(attempt, {"lock": _LOCK}):
            await connection.rollback()
            await asyncio.sleep(_LOCK_POLL)
        # as the latest statement it also ends the snapshot of the SELECT
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield


async def _applied(engine: AsyncEngine) -> Applied:
    async with engine.connect() as connection:
        found = {lane: await connection.run_sync(_newest, lane) for lane in (TEMPLATE, TEAM)}
    return {lane: newest for lane, newest in found.items() if newest is not None}


def _newest(connection: Connection, lane: Lane) -> str | None:
    options = {"version_table": lane.table}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


async def _record(engine: AsyncEngine, applied: Applied) -> None:
    """Name what is applied in both lanes, of a database that had one."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE TABLE alembic_version_of_team (version_num varchar(32) NOT NULL,"
                " CONSTRAINT alembic_version_of_team_pkc PRIMARY KEY (version_num))"
            )
        )
        await connection.execute(
            text("INSERT INTO alembic_version_of_team VALUES (:id)"), {"id": applied[TEAM]}
        )
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :id"), {"id": applied[TEMPLATE]}
        )


async def _run_all(engine: AsyncEngine, plan: Plan) -> None:
    for revision in plan.revisions:
        await _run(engine, revision, is_upgrade=plan.is_upgrade)


async def _run(engine: AsyncEngine, revision: Revision, *, is_upgrade: bool) -> None:
    """Apply or undo one; a lock that a request holds is asked for again and again."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_step, revision, is_upgrade)
        except DBAPIError as error:
            is_busy = getattr(error.orig, "sqlstate", None) in _BUSY
            if not is_busy or attempt == _ATTEMPTS:
                raise MigrationRefused(_refusal(revision, error, is_busy=is_busy)) from None
            log.info("migration_waits", revision=revision.id, reason=message_of(error))
            await asyncio.sleep(random.uniform(*_RETRY_DELAYS))  # noqa: S311 - no secret
        else:
            return


def _step(connection: Connection, revision: Revision, is_upgrade: bool) -> None:  # noqa: FBT001 - run_sync passes no keywords
    event.listen(connection, "begin", _limit_waits)
    config = _alembic_config(revision)
    config.attributes["connection"] = connection
    if is_upgrade:
        command.upgrade(config, revision.id)
    else:
        command.downgrade(config, revision.parent or "base")


async def _rebuild_invalid_indexes(committing: AsyncConnection) -> None:
    try:
        await rebuild_invalid_indexes(committing)
    except DBAPIError as error:
        raise MigrationRefused(
            f"An index is invalid and cannot be built anew ({message_of(error)}):"
            " mend that, or drop the index, and run migrate again."
        ) from None


def sql_of(*revisions: Revision) -> str:
    """The SQL by which these, one after another, are applied."""
    output = StringIO()
    for _, group in groupby(revisions, key=lambda revision: revision.lane):
        first, *others = group
        last = others[-1] if others else first
        config = _alembic_config(first)
        config.output_buffer = output
        command.upgrade(config, f"{first.parent or 'base'}:{last.id}", sql=True)
    return output.getvalue()


def _alembic_config(revision: Revision) -> Config:
    """Alembic sees one lane, so that it knows one chain."""
    config = Config()
    config.set_main_option("script_location", str(HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(revision.file.parent).replace("%", "%%"))
    config.attributes["version_table"] = revision.lane.table
    return config


def _limit_waits(connection: Connection) -> None:
    """In a transaction, wait shortly for a lock: everybody who comes later waits behind it.

    Outside one it has no effect, as it should: what builds an index stops nobody.
    """
    connection.execute(
        text(
            "SELECT set_config('lock_timeout', :wait, true),"
            " set_config('statement_timeout', '0', true)"
        ),
        {"wait": _LOCK_TIMEOUT},
    )


def _refusal(revision: Revision, error: DBAPIError, *, is_busy: bool) -> str:
    done = "nothing of it was applied" if revision.is_transactional else "run migrate again"
    if is_busy:
        return (
            f"Revision {revision.id} found no moment without a lock in {_ATTEMPTS} attempts"
            f" ({message_of(error)}): end long transactions and run migrate again; {done}."
        )
    return f"Revision {revision.id} failed ({message_of(error)}); {done}."
