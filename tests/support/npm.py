"""npm packages for a test, as a lock file pins them."""

import fcntl
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from commands.front_end import OUT_OF_REACH
from tests.support.processes.server import PATIENCE

needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="this needs Node with npm")


def install(project: Path, cache: pytest.Cache) -> Path:
    """Install the packages of ``project``, once per machine and version, and return their path.

    Skips the test if the registry is unreachable.
    """
    lock = (project / "package-lock.json").read_bytes()
    place = cache.mkdir(f"{project.name.replace('_', '-')}-{sha256(lock).hexdigest()[:8]}")
    done = place / "installed"
    with (place / "lock").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if not done.exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(project / name, place)
            npm = subprocess.run(
                ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
                cwd=place,
                check=False,
                capture_output=True,
                text=True,
                timeout=5 * PATIENCE,
            )
            if any(code in npm.stderr for code in OUT_OF_REACH):
                pytest.skip(f"npm's registry is unreachable, so {project.name} is not installed")
            assert npm.returncode == 0, npm.stderr
            done.touch()
    return place
