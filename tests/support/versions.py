"""The revisions of the schema, and those that a test adds."""

import shutil
from pathlib import Path

from migrations.lanes import HOME, TEAM, TEMPLATE, Lane
from migrations.new import next_place


class Versions:
    """A copy of both lanes, to which a test appends revisions."""

    def __init__(self, home: Path) -> None:
        self.home = home
        for lane in (TEMPLATE, TEAM):
            folder = HOME / lane.folder
            if folder.exists():
                shutil.copytree(
                    folder, home / lane.folder, ignore=shutil.ignore_patterns("__pycache__")
                )

    def add(self, revision: str, upgrade: str, lane: Lane = TEMPLATE) -> None:
        """``upgrade`` is the body of the function; ``op`` is imported."""
        place = next_place(lane, self.home)
        body = "\n".join(f"    {line}" for line in upgrade.strip().splitlines())
        after = f"after = {place.after!r}\n" if place.after else ""
        folder = self.home / lane.folder
        folder.mkdir(exist_ok=True)
        (folder / f"{revision}_of_a_test.py").write_text(
            f'"""Of a test"""\nfrom alembic import op\nrevision = {revision!r}\n'
            f"down_revision = {place.parent!r}\n{after}\n\n"
            f"def upgrade():\n{body}\n\n\ndef downgrade():\n    pass\n"
        )
