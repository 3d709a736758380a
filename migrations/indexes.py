"""Indexes that were built without stopping writes, and whose build was interrupted."""

import asyncio
import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_BUILD_POLL = 1.0
_OF_REINDEX = re.compile(r"_cc(new|old)\d*$")

_INVALID = text(
    """
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
        pg_get_indexdef(i.indexrelid) AS definition,
        EXISTS (
            SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid
        ) AS is_being_built
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND pg_has_role(c.relowner, 'USAGE')
    """
)
"""The invalid indexes of this role."""


async def drop_invalid_indexes(connection: AsyncConnection) -> list[str]:
    """Drop what an interrupted ``CREATE INDEX CONCURRENTLY`` left; returns the definitions.

    A build goes on in the server when its client is killed: it is awaited. ``connection`` commits
    each statement.
    """
    while True:
        found = (await connection.execute(_INVALID)).all()
        if not any(index.is_being_built for index in found):
            break
        await asyncio.sleep(_BUILD_POLL)
    for index in found:
        await connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
    return [index.definition for index in found if not _OF_REINDEX.search(index.name)]


async def create_indexes(connection: AsyncConnection, definitions: list[str]) -> None:
    """Build those that no revision has built meanwhile."""
    for definition in definitions:
        statement = re.sub(
            r"^CREATE (UNIQUE )?INDEX ",
            r"CREATE \1INDEX CONCURRENTLY IF NOT EXISTS ",
            definition,
        )
        await connection.exec_driver_sql(statement)
