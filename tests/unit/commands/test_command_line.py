import subprocess
import sys

from tests.support.processes.server import ROOT

HEAVY = {"alembic", "container", "httpx", "redis", "sqlalchemy"}
"""What one command or the other needs, and takes as long to import as all the rest."""


def test_a_command_does_not_wait_for_what_others_import() -> None:
    code = f"import sys, commands.command_line; print(*{HEAVY} & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []
