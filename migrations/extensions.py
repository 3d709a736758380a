"""The extensions of PostgreSQL that revisions need, and who may create them."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from BE.core.exceptions import UnavailableError

EXTENSIONS = ("btree_gin", "citext")


class AdministratorNeeded(UnavailableError):
    """The role lacks rights; the message has the statements that an administrator runs."""


async def require_extensions(connection: AsyncConnection, *, is_new: bool) -> None:
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
    database, role = (
        await connection.execute(text("SELECT current_database(), current_user"))
    ).one()
    reason = f" ({refusal})" if refusal else ""
    raise AdministratorNeeded(
        f"The role {role} may not prepare the database {database}{reason}: as an administrator, run"
        f" in that database {' '.join(statements + grants)}"
    )


async def _missing(connection: AsyncConnection) -> list[str]:
    installed = await connection.scalars(text("SELECT extname FROM pg_extension"))
    return sorted(set(EXTENSIONS) - set(installed))


async def _create(connection: AsyncConnection, names: list[str]) -> str | None:
    """What PostgreSQL says where it refuses one."""
    for name in names:
        try:
            async with connection.begin_nested():
                await connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
        except DBAPIError as error:
            return message_of(error)
    return None


async def _missing_grants(connection: AsyncConnection) -> list[str]:
    """The rights that the first revisions need: to make schemas, and Alembic's table."""
    grants = await connection.execute(
        text(
            """
            SELECT format('GRANT CREATE ON DATABASE %I TO %I;', current_database(), current_user)
            WHERE NOT has_database_privilege(current_database(), 'CREATE')
            UNION ALL
            SELECT format('GRANT CREATE ON SCHEMA %I TO %I;', current_schema(), current_user)
            WHERE NOT has_schema_privilege(current_schema(), 'CREATE')
            """
        )
    )
    return list(grants.scalars())


def message_of(error: DBAPIError) -> str:
    """PostgreSQL's own sentence."""
    cause = error.orig.__cause__ if error.orig else None
    return str(cause or error.orig).partition("\n")[0]
