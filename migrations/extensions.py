"""The extensions of PostgreSQL that revisions need, and who may create them."""

from typing import Any

from asyncpg import PostgresError

from BE.core.exceptions import UnavailableError
from migrations.refusals import message_of

EXTENSIONS = ("btree_gin", "citext")


class AdministratorNeeded(UnavailableError):
    """The role lacks rights; the message has the statements that an administrator runs."""


async def require_extensions(connection: Any, *, is_new: bool) -> None:
    """Create the missing extensions in the transaction of ``connection``.

    A database that ``is_new`` also needs schemas. Raises :class:`AdministratorNeeded`, which names
    everything that is missing.
    """
    missing = await _missing(connection)
    refusal = await _create(connection, missing)
    grants = await _missing_grants(connection) if is_new else []
    if refusal is None and not grants:
        return
    statements = [f"CREATE EXTENSION IF NOT EXISTS {name};" for name in missing if refusal]
    database, role = await connection.fetchrow("SELECT current_database(), current_user")
    reason = f" ({refusal})" if refusal else ""
    raise AdministratorNeeded(
        f"The role {role} may not prepare the database {database}{reason}: as an administrator, run"
        f" in that database {' '.join(statements + grants)}"
    )


async def _missing(connection: Any) -> list[str]:
    installed = await connection.fetch("SELECT extname FROM pg_extension")
    return sorted({*EXTENSIONS} - {extension["extname"] for extension in installed})


async def _create(connection: Any, names: list[str]) -> str | None:
    """Create the extensions; return PostgreSQL's message if it refuses one."""
    for name in names:
        try:
            async with connection.transaction():  # a savepoint
                await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except PostgresError as error:
            return message_of(error)
    return None


async def _missing_grants(connection: Any) -> list[str]:
    """The rights that the first revisions need: to create schemas, and Alembic's table."""
    grants = await connection.fetch(
        """
        SELECT format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user) AS sql
        WHERE NOT has_database_privilege(current_database(), 'CREATE')
        UNION ALL
        SELECT format('GRANT CREATE ON SCHEMA %I TO %I;', current_schema(), current_user)
        WHERE NOT has_schema_privilege(current_schema(), 'CREATE')
        """
    )
    return [grant["sql"] for grant in grants]
