"""Indexes whose concurrent build was interrupted."""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

_BUILD_POLL = 1.0
_BUILD = r'CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(IF\s+NOT\s+EXISTS\s+)?"?'
_OF_REINDEX = re.compile(r"_cc(new|old)\d*$")

_INVALID = """
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
        c.relname AS label,
        EXISTS (
            SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid
        ) AS is_being_built
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE NOT i.indisvalid AND c.relkind = 'i' AND pg_has_role(c.relowner, 'USAGE')
"""
"""The invalid indexes of this role."""


async def drop_unfinished_indexes(connection: Any, pending_sql: Callable[[], str]) -> None:
    """Drop what an interrupted build or a REINDEX left and ``pending_sql`` builds again.

    ``connection`` is in no transaction, so each statement commits.
    """
    for index in await _invalid_indexes(connection):
        build = re.compile(_BUILD + re.escape(index["label"]) + r"\b", re.IGNORECASE)
        if _OF_REINDEX.search(index["label"]) or build.search(pending_sql()):
            await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {index['name']}")


async def rebuild_invalid_indexes(connection: Any) -> None:
    """Rebuild those that no revision builds. Each stays until it is rebuilt: a kill loses none."""
    for index in await _invalid_indexes(connection):
        await connection.execute(f"REINDEX INDEX CONCURRENTLY {index['name']}")


async def _invalid_indexes(connection: Any) -> Sequence[Any]:
    """Wait for running builds first: the server continues one when its client is killed."""
    while True:
        async with connection.transaction():
            found: Sequence[Any] = await connection.fetch(_INVALID)
        if not any(index["is_being_built"] for index in found):
            return found
        await asyncio.sleep(_BUILD_POLL)
