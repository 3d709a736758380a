"""The revisions of the schema, and further ones that a test adds."""

from pathlib import Path

from migrations.revisions import VERSIONS


class Versions:
    """The revisions, and those of a test behind them."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._last = max(VERSIONS.glob("0*.py")).name[:4]

    def add(self, revision: str, upgrade: str) -> None:
        """``upgrade`` is the body of the function; ``op`` is imported."""
        body = "\n".join(f"    {line}" for line in upgrade.strip().splitlines())
        (self.directory / f"{revision}_of_a_test.py").write_text(
            f'"""Of a test"""\nfrom alembic import op\nrevision = {revision!r}\n'
            f"down_revision = {self._last!r}\n\n\ndef upgrade():\n{body}\n\n\n"
            "def downgrade():\n    pass\n"
        )
        self._last = revision
