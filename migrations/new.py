"""Writes the file of a new revision, at the end of its lane."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

from migrations.lanes import HOME, TEAM, TEMPLATE, Lane
from migrations.revisions import RevisionChain

_FILE = '''"""{title}"""

from alembic import op

revision = "{id}"
down_revision = {parent}
{place}

def upgrade() -> None:
{upgrade}


def downgrade() -> None:
{downgrade}
'''
_STATEMENT = '''    op.execute("""
{}
    """)'''


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a lane: the id of a new revision, and the ones it follows."""

    id: str
    parent: str | None
    after: str | None


def next_place(lane: Lane = TEAM, home: Path = HOME) -> Place:
    """Raises :class:`RevisionConflict`."""
    chain = RevisionChain.read(home)
    parent = chain.newest(lane)
    prefix = "t" if lane == TEAM else ""
    number = int(parent.removeprefix(prefix)) + 1 if parent else 1
    after = chain.newest(TEMPLATE) if lane == TEAM else None
    return Place(f"{prefix}{number:04}", parent, after)


def write_revision(
    title: str,
    *,
    upgrade: Sequence[str] = ("",),
    downgrade: Sequence[str] = ("",),
    lane: Lane = TEAM,
    home: Path = HOME,
) -> Path:
    """``upgrade`` and ``downgrade`` are statements of SQL. Returns the file. Raises as above."""
    place = next_place(lane, home)
    words = "_".join(re.findall(r"[a-z0-9]+", title.lower()))
    file = home / lane.folder / f"{place.id}_{words}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        _FILE.format(
            title=title,
            id=place.id,
            parent=f'"{place.parent}"' if place.parent else None,
            place=f'after = "{place.after}"  # of the template\'s\n' if place.after else "",
            upgrade=_calls(upgrade),
            downgrade=_calls(downgrade),
        )
    )
    return file


def _calls(statements: Sequence[str]) -> str:
    return "\n".join(
        _STATEMENT.format(indent(statement.strip(), " " * 8)) for statement in statements
    )
