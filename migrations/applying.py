"""Applies and undoes revisions with Alembic, whose import is slow: see ``Schema.migrate``."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from io import StringIO
from itertools import groupby
from typing import Any

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from migrations.lanes import HOME
from migrations.refusals import MigrationRefused, message_of
from migrations.revisions import Plan, Revision

log = structlog.get_logger(__name__)

_LOCK_TIMEOUT = "1s"  # shorter than a request's own: requests queued behind it still succeed
_BUSY = {"55P03", "40P01"}  # lock_not_available, deadlock_detected
_ATTEMPTS = 60
_RETRY_DELAYS = (0.5, 2.0)


async def apply(plan: Plan, open_connection: Callable[..., Awaitable[Any]]) -> None:
    """Apply or undo each revision of ``plan`` on a connection of its own.

    Raises :class:`MigrationRefused`.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=open_connection, poolclass=NullPool
    )
    for revision in plan.revisions:
        await _run(engine, revision, is_upgrade=plan.is_upgrade)


async def _run(engine: AsyncEngine, revision: Revision, *, is_upgrade: bool) -> None:
    """Apply or undo one revision; retry while a request holds a lock that it needs."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_step, revision, is_upgrade)
        except DBAPIError as error:
            is_busy = getattr(error.orig, "sqlstate", None) in _BUSY
            if not is_busy or attempt == _ATTEMPTS:
                raise MigrationRefused(_refusal(revision, error, is_busy=is_busy)) from None
            log.info("migration_waits", revision=revision.id, reason=_sentence_of(error))
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


def sql_of(*revisions: Revision) -> str:
    """The SQL that applies these revisions, one after another."""
    output = StringIO()
    for _, group in groupby(revisions, key=lambda revision: revision.lane):
        first, *others = group
        last = others[-1] if others else first
        config = _alembic_config(first)
        config.output_buffer = output
        command.upgrade(config, f"{first.parent or 'base'}:{last.id}", sql=True)
    return output.getvalue()


def _alembic_config(revision: Revision) -> Config:
    """Alembic's view of one lane, which is a single chain."""
    config = Config()
    config.set_main_option("script_location", str(HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(revision.file.parent).replace("%", "%%"))
    config.attributes["version_table"] = revision.lane.table
    return config


def _limit_waits(connection: Connection) -> None:
    """In a transaction, wait only briefly for a lock: every later caller queues behind it.

    Outside one it has no effect, as intended: building an index blocks no one.
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
            f" ({_sentence_of(error)}): end long transactions and run migrate again; {done}."
        )
    return f"Revision {revision.id} failed ({_sentence_of(error)}); {done}."


def _sentence_of(error: DBAPIError) -> str:
    cause = error.orig.__cause__ if error.orig else None
    return message_of(cause or error.orig or error)
