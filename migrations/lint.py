"""Lints the SQL of each revision that is not released yet: ``python -m migrations.lint``."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import which

from migrations.applying import sql_of
from migrations.lanes import TEMPLATE
from migrations.revisions import Revision, RevisionChain

NEWEST_RELEASED = "0015"
"""The template's revisions up to this one are in databases already: they cannot be changed."""

_CONFIG = Path(__file__).parents[1] / ".squawk.toml"
_TABLE_OF_ALEMBIC = re.compile(r"CREATE TABLE alembic_version\w* \(.*?\n\);", re.DOTALL)
"""Alembic creates it with the first revision of a lane."""


def lint(revisions: tuple[Revision, ...]) -> bool:
    """Whether squawk finds nothing; its findings are printed."""
    squawk = which("squawk", path=str(Path(sys.executable).parent)) or "squawk"
    return all(_is_clean(squawk, revision) for revision in revisions)


def _is_clean(squawk: str, revision: Revision) -> bool:
    result = subprocess.run(  # noqa: S603 - ours
        [squawk, f"--config={_CONFIG}", f"--stdin-filepath={revision.file.name}"],
        input=_TABLE_OF_ALEMBIC.sub("", sql_of(revision)),
        text=True,
        check=False,
        stdout=subprocess.PIPE,
    )
    if result.returncode != 0:
        sys.stdout.write(result.stdout)
    return result.returncode == 0


if __name__ == "__main__":
    pending = RevisionChain.read().plan({TEMPLATE: NEWEST_RELEASED}, "head")
    if not lint(pending.revisions):
        sys.exit(1)
    sys.stdout.write(f"squawk finds nothing in {len(pending.revisions)} revisions.\n")
