"""Two chains of revisions: one that releases of the template bring, and one of the team's own."""

from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent
"""Holds a folder for each lane."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Revisions in a folder, of which a table names the newest that is applied."""

    folder: str
    table: str


TEMPLATE = Lane("versions", "alembic_version")
TEAM = Lane("team", "alembic_version_of_team")
"""Numbered t0001, t0002, …; each says which of the template's it comes ``after``."""
