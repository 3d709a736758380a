import subprocess
import sys

from tests.support.processes.server import ROOT

HEAVY = {"alembic", "container", "httpx", "redis", "sqlalchemy"}
"""Slow imports that only some commands need."""


def test_a_command_does_not_import_what_only_others_need() -> None:
    code = f"import sys, commands.command_line; print(*{HEAVY} & set(sys.modules))"

    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert loaded.stdout.split() == []
