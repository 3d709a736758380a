"""The nightly backup: verified by a restore before an older one is removed."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.processes.server import PATIENCE, ROOT, environment, manage

SCRIPT = ROOT / "deploy/compose/backup.sh"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to which no test writes."""
    directory = tmp_path_factory.mktemp("database") / "data"
    assert manage("migrate", DATA_DIR=directory).returncode == 0
    return directory


def back_up(directory: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", str(SCRIPT), str(directory)],
        cwd=ROOT,
        env=environment(PATH=path, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def test_the_newest_backups_are_kept(data_dir: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    for old in ("20200101T020000Z", "20200102T020000Z"):
        (backups / f"{old}.backup").touch()

    backed_up = back_up(backups, DATA_DIR=data_dir, KEPT_BACKUPS=2)

    assert backed_up.returncode == 0, backed_up.stderr
    assert "can be restored" in backed_up.stdout
    [kept, newest] = sorted(file.name for file in backups.iterdir())
    assert kept == "20200102T020000Z.backup"
    assert newest > kept


def test_a_failed_backup_removes_nothing(data_dir: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    backups.mkdir()
    old = backups / "20200101T020000Z.backup"
    old.touch()

    failed = back_up(backups, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none", KEPT_BACKUPS=0)

    assert failed.returncode != 0
    assert list(backups.iterdir()) == [old]
