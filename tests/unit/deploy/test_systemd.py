"""systemd accepts the units, and confines the processes that they start."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import ROOT

INSTALLED = {
    "api.service": "bounded.service",
    "backup.service": "bounded-backup.service",
    "backup.timer": "bounded-backup.timer",
}

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as installed, with the paths of this checkout."""
    for file, name in INSTALLED.items():
        text = (ROOT / "deploy/systemd" / file).read_text()
        text = text.replace("/opt/bounded/.venv/bin/python", sys.executable)
        (tmp_path / name).write_text(text.replace("/opt/bounded", str(ROOT)))
    return tmp_path


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_unit_is_tested() -> None:
    assert {file.name for file in (ROOT / "deploy/systemd").iterdir()} == INSTALLED.keys()


def test_systemd_accepts_the_units(units: Path) -> None:
    verified = analyze("verify", *sorted(units.iterdir()))

    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.parametrize("name", ["bounded.service", "bounded-backup.service"])
def test_a_service_is_confined(units: Path, name: str) -> None:
    """20 means an exposure of 2.0 of 10; a unit without restrictions has 9.6."""
    judged = analyze("security", "--offline=true", "--threshold=20", units / name)

    assert judged.returncode == 0, judged.stdout
