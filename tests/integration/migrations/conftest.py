from pathlib import Path

import pytest

from tests.support.versions import Versions


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path)
