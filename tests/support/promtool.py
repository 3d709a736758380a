import shutil

import pytest

BINARY = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(
    BINARY is None, reason="there is no promtool (Debian: apt-get install prometheus)"
)
