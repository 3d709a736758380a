"""`manage.py migrate`, and what a start reports about revisions that form no chain."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.processes.server import PATIENCE, ROOT, environment, free_port, manage


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the application to which a merge has added a second head."""
    here = tmp_path / "checkout"
    for name in ("BE", "commands", "migrations"):
        shutil.copytree(ROOT / name, here / name, ignore=shutil.ignore_patterns("__pycache__"))
    for file in [*ROOT.glob("*.py"), ROOT / "pyproject.toml"]:
        shutil.copy(file, here)
    first, second = sorted((here / "migrations" / "versions").glob("0*.py"))[-2:]
    (second.parent / "9999_of_another_branch.py").write_text(
        f'revision = "9999"\ndown_revision = "{first.name[:4]}"\n'
    )
    return here


@pytest.mark.parametrize("command", ["serve", "migrate", "doctor"])
def test_two_heads_are_reported_in_one_sentence(
    checkout: Path, command: str, empty_dsn: str
) -> None:
    run = subprocess.run(
        [ROOT / ".venv" / "bin" / "python", "manage.py", command],
        cwd=checkout,
        env=environment(DATABASE_URL=empty_dsn, PORT=free_port()),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )

    output = run.stdout + run.stderr
    newest = max(file.name for file in (ROOT / "migrations" / "versions").glob("0*.py"))
    assert run.returncode == 1
    assert f"{newest} and 9999_of_another_branch.py both follow" in output
    assert "Traceback" not in output


def test_a_plan_lists_pending_revisions_and_applies_none(empty_dsn: str) -> None:
    first, second = (manage("migrate", "--plan", DATABASE_URL=empty_dsn) for _ in range(2))

    assert first.stdout == second.stdout
    assert first.stdout.startswith("apply  0001  Accounts and sessions ")
    assert first.returncode == 0
