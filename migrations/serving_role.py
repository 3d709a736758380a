"""The role in which transactions run: it owns nothing, so row-level security binds it."""

from typing import Any

import structlog
from asyncpg import PostgresError

from BE.core.database.row_scope import MAY_TAKE_ROLE, SERVING_ROLE
from migrations.refusals import message_of

log = structlog.get_logger(__name__)

_OURS = "nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')"


async def provide_serving_role(connection: Any) -> None:
    """Create the role, and grant it what serving needs: on existing and on later objects.

    If the database user may not, the service runs without the role, and ``doctor`` reports it.
    """
    for statement in (
        f"CREATE ROLE {SERVING_ROLE} NOLOGIN",
        f"GRANT {SERVING_ROLE} TO CURRENT_USER",
    ):
        if not await _is_provided(connection):
            await _try(connection, statement)
    if not await _is_provided(connection):
        return
    schemas = await connection.fetch(
        f"SELECT quote_ident(nspname) AS name FROM pg_namespace"  # noqa: S608 - a constant
        f" WHERE {_OURS} AND pg_has_role(nspowner, 'USAGE') ORDER BY 1"
    )
    for schema in schemas:
        name = schema["name"]
        await connection.execute(f"GRANT USAGE ON SCHEMA {name} TO {SERVING_ROLE}")
        await connection.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {SERVING_ROLE}"
        )
    for rights, things in (
        ("USAGE", "SCHEMAS"),
        ("SELECT, INSERT, UPDATE, DELETE", "TABLES"),
        ("USAGE", "SEQUENCES"),
    ):
        await connection.execute(
            f"ALTER DEFAULT PRIVILEGES GRANT {rights} ON {things} TO {SERVING_ROLE}"
        )


async def _is_provided(connection: Any) -> bool:
    found = await connection.fetchval(
        f"SELECT bool_or({MAY_TAKE_ROLE}) FROM pg_roles WHERE rolname = $1",  # noqa: S608 - a constant
        SERVING_ROLE,
    )
    return bool(found)


async def _try(connection: Any, statement: str) -> None:
    """Roles are shared by the whole server: another process may have created it just now."""
    try:
        async with connection.transaction():  # a savepoint
            await connection.execute(statement)
    except PostgresError as error:
        log.info("serving_role_not_provided", statement=statement, reason=message_of(error))
