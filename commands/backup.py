"""Backs up a database to one file and restores it: a dump by pg_dump, and row counts."""

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from BE.core.database.connections import connected
from BE.core.text import escaped
from commands.backup_file import BackupFailed, Manifest, drafted, pack, unpacked
from commands.backup_seals import BackupSeals
from commands.embedded_home import EmbeddedPostgresError, binaries

_INSTALLED = Path("/usr/lib/postgresql")  # where Debian keeps each version
_SETS_NEW_PARAMETER = 17  # pg_restore sets a parameter that earlier servers refuse
_NEWER = {"42P01", "42703"}  # SQLSTATE of an undefined table, and of an undefined column
_NOT_FOR_LIBPQ = {"pgbouncer"}  # libpq refuses this parameter
_MAX_FAULTS = 10


class ForeignBackup(BackupFailed):
    """Nothing proves that this installation wrote the file, and restoring it runs its SQL."""


async def back_up(
    dsn: str, file: Path, seals: BackupSeals, *, omitted: Collection[str] = ()
) -> Manifest:
    """Write a consistent copy of a database in use, without the rows of tables ``omitted``.

    Raises :class:`BackupFailed`.
    """
    if file.exists():
        raise BackupFailed(f"{file} exists: name another file, or remove it.")
    async with connected(dsn) as connection:
        version = _major(connection)
        program = await asyncio.to_thread(_program, "pg_dump", version)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            taken_at = await connection.fetchval("SELECT now()")
            rows = await _rows(connection)
            rows |= {table: 0 for table in omitted if table in rows}
            await _require_all_rows(connection)
            with drafted(file) as dump:
                # without it pg_dump refuses tables with row security, although they hide no row
                options = ["--format=custom", f"--snapshot={snapshot}", "--enable-row-security"]
                options += [f"--exclude-table-data={table}" for table in omitted]
                await _run(program, dsn, *options, "--file", str(dump))
                return await asyncio.to_thread(pack, file, dump, version, rows, taken_at, seals)


async def restore(
    dsn: str,
    file: Path,
    invariants: Mapping[str, str],
    seals: BackupSeals,
    *,
    trusts_foreign: bool = False,
) -> Manifest:
    """Fill an empty database, all or nothing, then verify it. Raises :class:`BackupFailed`.

    ``invariants`` are queries that must return true, by the sentence that each one proves. Raises
    :class:`ForeignBackup` for a file without a seal of ours, unless ``trusts_foreign``.
    """
    with unpacked(file, seals) as backup:
        if not (backup.is_own or trusts_foreign):
            raise ForeignBackup(
                f"{file} was not written with this JWT_SECRET, and restoring it runs the SQL in it"
                " with all rights of the database user: add --trust-foreign if you trust it."
            )
        async with connected(dsn) as connection:
            if await _rows(connection):
                raise BackupFailed("The database is not empty: create another one to restore into.")
            # pg_restore reads archives of its own version and of earlier ones
            major = max(backup.manifest.server_version, _major(connection))
            options = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
            await _run(_program("pg_restore", major), dsn, *options, str(backup.dump))
            await _verify(connection, backup.manifest, invariants)
    return backup.manifest


async def _verify(connection: Any, manifest: Manifest, invariants: Mapping[str, str]) -> None:
    found = await _rows(connection)
    wrong = [
        f"{table} has {found.get(table, 0)} rows instead of {rows}"
        for table, rows in manifest.rows.items()
        if found.get(table) != rows
    ]
    for sentence, query in invariants.items():
        if not await _holds(connection, query):
            wrong.append(f"it is not true that {sentence}")
    if wrong:
        shown, more = wrong[:_MAX_FAULTS], len(wrong) - _MAX_FAULTS
        if more > 0:
            shown.append(f"{more} more do not fit")
        sentence = escaped(", and ".join(shown))
        raise BackupFailed(f"The database was restored, but {sentence}.")


async def _holds(connection: Any, invariant: str) -> bool:
    """Whether the query returns true, or refers to something newer than the backup's schema."""
    try:
        holds: bool = await connection.fetchval(invariant)
    except Exception as error:
        if getattr(error, "sqlstate", None) not in _NEWER:
            raise
        return True
    return holds


def _major(connection: Any) -> int:
    version: int = connection.get_server_version().major
    return version


async def _require_all_rows(connection: Any) -> None:
    """Raise :class:`BackupFailed` if row-level security may hide rows from this user."""
    tables, user = await connection.fetchrow(
        """
        SELECT
            string_agg(format('%I.%I', relnamespace::regnamespace, relname), ', '),
            quote_ident(current_user)
        FROM pg_class
        WHERE row_security_active(oid) AND NOT EXISTS (
            SELECT
            FROM pg_policy
            WHERE polrelid = pg_class.oid AND polcmd IN ('r', '*')
                AND EXISTS (
                    SELECT FROM unnest(polroles) AS role
                    WHERE role = 0 OR pg_has_role(role, 'USAGE')
                )
            HAVING bool_and(polpermissive)
                AND bool_or(pg_get_expr(polqual, polrelid) = 'true')
        )
        """
    )
    if tables:
        raise BackupFailed(
            f"Row-level security may hide rows of {tables} from {user}: back up as the owner of the"
            " database, or as a user with BYPASSRLS."
        )


async def _rows(connection: Any) -> dict[str, int]:
    """The number of rows of each table that this user may see."""
    names = await connection.fetch(
        """
        SELECT format('%I.%I', schemaname, tablename)
        FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
        ORDER BY 1
        """
    )
    return {
        name: await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608 - quoted above
        for (name,) in names
    }


async def program_for(name: str, dsn: str) -> Path:
    """The program that fits a server. Raises :class:`BackupFailed`."""
    async with connected(dsn) as connection:
        return _program(name, _major(connection))


def _program(name: str, major: int) -> Path:
    """The program of that version of PostgreSQL, or of the next later one that fits."""
    found = sorted((version, path) for path in _candidates(name) if (version := _version(path)))
    fitting = [path for version, path in found if _fits(version, major)]
    if not fitting:
        there = (
            ", ".join(str(version) for version in sorted({version for version, _ in found}))
            or "none"
        )
        wanted = " or ".join(map(str, range(major, _SETS_NEW_PARAMETER))) or f"{major} or later"
        raise BackupFailed(
            f"{name} of PostgreSQL {wanted} is needed, but this machine has {there}:"
            f" install postgresql-client-{major}."
        )
    return fitting[0]


def _fits(version: int, major: int) -> bool:
    """Whether output of the program of ``version`` can be restored into a server of ``major``."""
    return version >= major and (major >= _SETS_NEW_PARAMETER or version < _SETS_NEW_PARAMETER)


def _candidates(name: str) -> Iterator[Path]:
    directories = list(_INSTALLED.glob("*/bin"))
    with contextlib.suppress(EmbeddedPostgresError):
        directories.append(binaries())
    for directory in directories:
        if (directory / name).is_file():
            yield directory / name
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)


def _version(program: Path) -> int | None:
    printed = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\d+", printed.stdout)
    return int(match[0]) if match else None


async def _run(program: Path, dsn: str, *options: str) -> None:
    url, password = _for_libpq(dsn)
    process = await asyncio.create_subprocess_exec(
        program,
        f"--dbname={url}",
        *options,
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    finally:
        if process.returncode is None:  # cancelled: the program must not go on writing
            process.kill()
            await process.wait()
    if process.returncode:
        raise BackupFailed(f"{program.name} failed: {_reason(errors.decode(errors='replace'))}")


def _reason(output: str) -> str:
    """The last error that a program printed; the lines below it repeat the statement."""
    lines = output.strip().splitlines() or ["no reason given"]
    errors = [line for line in lines if " error: " in line]
    return escaped((errors or lines)[-1])


def _for_libpq(dsn: str) -> tuple[str, str]:
    """The URL without parameters that libpq refuses, and the password: arguments are public."""
    parts = urlsplit(dsn)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    parameters = dict(parse_qsl(parts.query))
    password = parameters.pop("password", unquote(password))
    query = urlencode(
        {name: value for name, value in parameters.items() if name not in _NOT_FOR_LIBPQ}
    )
    parts = parts._replace(scheme="postgresql", netloc=f"{name}{at}{host}", query=query)
    return urlunsplit(parts), password
