"""Moves a database to a revision of the schema, however many processes try at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from BE.core.database.connections import connect
from BE.core.exceptions import UnavailableError

_LOCK = 0x626F756E646564  # "bounded" in ASCII; any number of our own


class NotMigrated(UnavailableError):
    """The database does not have the schema of this version: run `python manage.py migrate`"""


class UnknownRevision(Exception):
    """There is no such revision."""


class MigrationRefused(UnavailableError):
    """The data do not allow it; the message says how to fix them. Nothing was changed."""


class Schema:
    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def migrate(self, revision: str = "head") -> None:
        """Go up or down to ``revision`` (``head``, ``base`` or an id): all the way or not at all.

        Raises :class:`UnknownRevision` and :class:`MigrationRefused`.
        """
        async with _connection(self._dsn) as connection:
            # released at the end of the transaction, so it also works through a pooler
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            try:
                await connection.run_sync(_move, revision)
            except CommandError as error:
                raise UnknownRevision(f"{error}.") from None

    async def require_current(self) -> None:
        """Raise :class:`NotMigrated` if the schema is behind this code.

        A schema that is ahead is accepted: the old code still serves during a rolling deployment.
        """
        async with _connection(self._dsn) as connection:
            applied = await connection.run_sync(_heads)
        scripts = _scripts()
        known = {script.revision for script in scripts.walk_revisions()}
        if applied <= known and applied != set(scripts.get_heads()):
            raise NotMigrated


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda **_: connect(dsn, statement_cache_size=0),
        poolclass=NullPool,
    )
    async with engine.begin() as connection:
        yield connection


def _move(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    applied = _heads(connection)
    if revision == "head" or _is_ahead(revision, applied):
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)


def _is_ahead(revision: str, applied: set[str]) -> bool:
    if revision == "base":
        return False
    scripts = _scripts()
    target = scripts.get_revision(revision)
    past = {
        script.revision for script in scripts.iterate_revisions(tuple(applied) or "base", "base")
    }
    return target is not None and target.revision not in past


def _heads(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
