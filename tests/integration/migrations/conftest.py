import shutil
from pathlib import Path

import pytest

from migrations.revisions import VERSIONS
from tests.support.versions import Versions


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """A directory with a copy of the revisions."""
    shutil.copytree(VERSIONS, tmp_path / "versions", ignore=shutil.ignore_patterns("__pycache__"))
    return Versions(tmp_path / "versions")
