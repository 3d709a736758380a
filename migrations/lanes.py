"""Two chains of revisions: the template's, which its releases bring, and the team's own."""

from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent
"""Holds a folder for each lane."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Revisions in a folder; a table names the newest applied one."""

    folder: str
    table: str


TEMPLATE = Lane("versions", "alembic_version")
TEAM = Lane("team", "alembic_version_of_team")
"""Numbered t0001, t0002, …; each names the template's revision that it comes ``after``."""
