"""A context that was created as a trial: no one else has its migrations yet."""

import asyncio
import re
import subprocess
from pathlib import Path

from commands.contexts.generated import ROOT
from commands.embedded import embedded_postgres
from commands.running import load_settings_without_port
from migrations.lanes import TEAM
from migrations.revisions import Revision, RevisionChain


def migrations_on_trial(name: str) -> list[Revision]:
    """The revisions of the context that can be undone and deleted; none if one of them cannot.

    They are the newest of all, name no schema but the context's, are in no commit of Git, and can
    only have been applied to the database of this checkout.
    """
    from migrations.applying import sql_of

    ours: list[Revision] = []
    for revision in reversed(_in_order()):
        if revision.lane != TEAM or _schemas(revision) != {name} or _is_committed(revision.file):
            return []
        ours.insert(0, revision)
        if f"CREATE SCHEMA {name}" in sql_of(revision):
            return ours if load_settings_without_port().database_url is None else []
    return []


def undo(revisions: list[Revision]) -> None:
    """In the database of this checkout, if there is one. Raises what a migration raises."""
    data_dir = load_settings_without_port().data_dir
    if (data_dir / "postgres").exists():
        with embedded_postgres(data_dir) as dsn:
            asyncio.run(_undo(dsn, _before(revisions[0])))


async def _undo(dsn: str, target: str) -> None:
    from migrations.runner import Schema

    schema = Schema(dsn)
    if not (await schema.plan(target)).is_upgrade:
        await schema.migrate(target)


def _in_order() -> tuple[Revision, ...]:
    return RevisionChain.read().plan({}, "head").revisions


def _before(first: Revision) -> str:
    ids = [revision.id for revision in _in_order()]
    return ids[ids.index(first.id) - 1]


def _schemas(revision: Revision) -> set[str]:
    """Those that its statements name."""
    from pglast.parser import parse_sql_json

    from migrations.applying import sql_of

    return {*re.findall(r'"schemaname":"(\w+)"', parse_sql_json(sql_of(revision)))}


def _is_committed(file: Path) -> bool:
    """Whether a commit has the file; if Git does not know the project, assume so."""
    commits = subprocess.run(
        ["git", "log", "--all", "--max-count=1", "--format=%h", "HEAD", "--", str(file)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    return commits.returncode != 0 or commits.stdout != ""
