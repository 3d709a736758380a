"""The role in which transactions run: it owns nothing, so row-level security binds it."""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from BE.core.database.row_scope import MAY_TAKE_ROLE, SERVING_ROLE
from migrations.extensions import message_of

log = structlog.get_logger(__name__)

_OURS = "nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')"


async def provide_serving_role(connection: AsyncConnection) -> None:
    """Make the role, and give it the rights that serving needs: here, and to what comes later.

    Where the user of the database may not, the service runs without it, and ``doctor`` says so.
    """
    for statement in (
        f"CREATE ROLE {SERVING_ROLE} NOLOGIN",
        f"GRANT {SERVING_ROLE} TO CURRENT_USER",
    ):
        if not await _is_provided(connection):
            await _try(connection, statement)
    if not await _is_provided(connection):
        return
    schemas = await connection.scalars(
        text(
            f"SELECT quote_ident(nspname) FROM pg_namespace"  # noqa: S608 - a constant
            f" WHERE {_OURS} AND pg_has_role(nspowner, 'USAGE') ORDER BY 1"
        )
    )
    for schema in schemas.all():
        await connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {SERVING_ROLE}"))
        await connection.execute(
            text(
                "GRANT SELECT, INSERT, UPDATE, DELETE"
                f" ON ALL TABLES IN SCHEMA {schema} TO {SERVING_ROLE}"
            )
        )
    for rights, things in (
        ("USAGE", "SCHEMAS"),
        ("SELECT, INSERT, UPDATE, DELETE", "TABLES"),
        ("USAGE", "SEQUENCES"),
    ):
        await connection.execute(
            text(f"ALTER DEFAULT PRIVILEGES GRANT {rights} ON {things} TO {SERVING_ROLE}")
        )


async def _is_provided(connection: AsyncConnection) -> bool:
    found = await connection.scalar(
        text(f"SELECT bool_or({MAY_TAKE_ROLE}) FROM pg_roles WHERE rolname = :name"),  # noqa: S608 - a constant
        {"name": SERVING_ROLE},
    )
    return bool(found)


async def _try(connection: AsyncConnection, statement: str) -> None:
    """Roles are of the server, not of the database: somebody else may have made it just now."""
    try:
        async with connection.begin_nested():
            await connection.execute(text(statement))
    except DBAPIError as error:
        log.info("serving_role_not_provided", statement=statement, reason=message_of(error))
