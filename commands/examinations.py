"""Checks for what often goes wrong, with advice."""

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from BE.core.database.connections import connected, may_take_serving_role
from BE.core.database.row_scope import SERVING_ROLE
from commands.capacity import require_room

if TYPE_CHECKING:
    from BE.core.redis.cache import Cache

_TIMEOUT = 10.0
_SKEW = timedelta(seconds=2)
_OLDEST_SERVER = 14

type Examination = Callable[[], Awaitable[str]]


class Caution(Exception):
    """It works, but is seldom intended."""


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    verdict: Literal["ok", "caution", "wrong"]
    text: str

    @property
    def is_wrong(self) -> bool:
        return self.verdict == "wrong"

    def __str__(self) -> str:
        return f"{self.verdict:<8} {self.subject:<14} {self.text}"


async def examine(examinations: Mapping[str, Examination]) -> list[Finding]:
    """Run all: each returns a sentence when all is well, and raises when it is not."""
    return [await _find(subject, look) for subject, look in examinations.items()]


async def _find(subject: str, look: Examination) -> Finding:
    try:
        async with asyncio.timeout(_TIMEOUT):
            return Finding(subject, "ok", await look())
    except Caution as caution:
        return Finding(subject, "caution", str(caution))
    except TimeoutError:
        return Finding(subject, "wrong", f"No answer within {_TIMEOUT:.0f} s.")
    except Exception as error:  # noqa: BLE001 - any error is a finding
        cause = f" ({error.__cause__})" if error.__cause__ else ""
        return Finding(subject, "wrong", f"{error or type(error).__name__}{cause}")


async def configuration(environment: str, cautions: Sequence[str]) -> str:
    if cautions:
        raise Caution(" ".join(cautions))
    return f"It is valid, for {environment}."


async def secret_files(*files: Path) -> str:
    readable = [str(file) for file in files if file.exists() and file.stat().st_mode & stat.S_IROTH]
    if readable:
        raise Caution(f"Every user of this machine can read {', '.join(readable)}: chmod 600.")
    return "No other user of this machine can read the files with secrets."


async def server(dsn: str) -> str:
    async with connected(dsn) as connection:
        version = connection.get_server_version().major
    if version < _OLDEST_SERVER:
        raise ValueError(f"PostgreSQL {version} is too old: upgrade to {_OLDEST_SERVER} or later.")
    return f"PostgreSQL {version} answers."


async def rights(dsn: str) -> str:
    """Whether the user has the rights that requests and migrations need."""
    async with connected(dsn) as connection:
        user = await connection.fetchval("SELECT quote_ident(current_user)")
        missing = await connection.fetchval(
            """
            SELECT string_agg(format('%I.%I', schemaname, tablename), ', ')
            FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public')
                AND NOT (
                    has_schema_privilege(schemaname, 'USAGE')
                    AND has_table_privilege(
                        format('%I.%I', schemaname, tablename), 'SELECT, INSERT, UPDATE, DELETE'
                    )
                )
            """
        )
        creates = await connection.fetchval(
            "SELECT has_database_privilege(current_database(), 'CREATE')"
        )
        owned, database = await connection.fetchrow(
            """
            SELECT
                rolbypassrls OR pg_has_role('pg_database_owner', 'USAGE'),
                quote_ident(current_database())
            FROM pg_roles
            WHERE rolname = current_user
            """
        )
    if missing:
        raise ValueError(f"The database user {user} may not use {missing}: GRANT it the rights.")
    if not creates:
        raise Caution(
            f"The database user {user} may not create schemas: migrate as the database's owner."
        )
    if not owned:
        raise Caution(
            f"The database user {user} does not own the database, so searches read every task of"
            f" their owner: as an administrator run ALTER DATABASE {database} OWNER TO {user}."
        )
    return f"The database user {user} may read, write and migrate."


async def second_lock(dsn: str) -> str:
    """Whether PostgreSQL itself protects the rows of one owner from statements for another."""
    async with connected(dsn) as connection:
        if await may_take_serving_role(connection):
            return f"Transactions run as {SERVING_ROLE}, which row-level security binds."
        user, limits_changes = await connection.fetchrow(
            """
            SELECT quote_ident(current_user), bool_and(row_security_active(oid))
            FROM pg_class
            WHERE relrowsecurity
            """
        )
    found = (
        "PostgreSQL keeps owners apart in what transactions change, but not in what they read"
        if limits_changes
        else "Only the statements keep owners apart, PostgreSQL does not"
    )
    raise Caution(
        f"{found}: as an administrator run CREATE ROLE {SERVING_ROLE} NOLOGIN;"
        f" GRANT {SERVING_ROLE} TO {user}; and then migrate."
    )


async def room(dsn: str, *, processes: int, pool: int) -> str:
    await require_room(dsn, processes=processes, pool=pool)
    return f"PostgreSQL has room for {processes} processes with {pool} connections each."


async def clock(dsn: str) -> str:
    async with connected(dsn) as connection:
        asked, began = datetime.now(UTC), time.monotonic()
        reported = await connection.fetchval("SELECT clock_timestamp()")
        journey = timedelta(seconds=time.monotonic() - began)
    skew = abs(reported - asked - journey / 2)
    if skew > _SKEW:
        raise ValueError(
            f"The clocks here and there differ by {skew.total_seconds():.1f} s: let NTP set both."
        )
    return "It agrees with the database's clock."


async def extensions(require_extensions: Callable[[], Awaitable[None]]) -> str:
    await require_extensions()
    return "The database has the extensions that are needed, or migrate may create them."


async def migrations(require_current: Callable[[], Awaitable[None]]) -> str:
    await require_current()
    return "The database has the schema of this version."


async def redis(cache: "Cache") -> str:
    async with cache.open():
        found = await cache.check()
    if found["status"] != "healthy":
        raise ConnectionError(
            "Redis does not answer at REDIS_URL: each process counts requests by itself."
        )
    return f"Rate limits and cache are kept in {found['backend']}."


async def proxy(public_url: str | None, *, port: int, hops: int) -> str:
    """Whether the public address leads here, and whether a proxy hides the clients' addresses."""
    if public_url is None:
        return "PUBLIC_URL is not set: no proxy is expected."
    import httpx

    url = urlsplit(public_url)
    async with httpx.AsyncClient(timeout=_TIMEOUT / 2) as client:
        try:
            answer = await client.get(
                f"{public_url}/health/live", headers={"Accept-Encoding": "gzip, br, zstd"}
            )
        except httpx.TransportError as error:
            raise ConnectionError(
                f"{public_url} cannot be reached from here: check PUBLIC_URL and the proxy."
            ) from error
    if answer.headers.get("x-request-id") is None:
        raise ValueError(f"{public_url} answers, but it is not this service: check the proxy.")
    if answer.headers.get("etag", "").startswith("W/"):
        raise ValueError(
            f"{public_url} weakens ETags, so nothing can be saved with If-Match: have the proxy"
            " leave answers with Cache-Control: no-transform uncompressed"
            " (nginx: gzip off; in this location)."
        )
    if hops == 0 and url.port != port:
        raise Caution(
            f"{public_url} has another port than this service, so there is a proxy in front: set"
            " TRUSTED_PROXY_HOPS, or all clients count as one address."
        )
    return f"{public_url} leads here."
