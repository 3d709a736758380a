"""A certified OpenID provider, from npm."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.identities.provider import CLIENT
from tests.support.npm import install
from tests.support.processes.server import PATIENCE

_HERE = Path(__file__).parent / "openid_provider"


@contextmanager
def openid_provider(cache: pytest.Cache, callback: str) -> Iterator[str]:
    """Run it, and yield its issuer. ``callback`` is the path to which it redirects back."""
    place = install(_HERE, cache)
    shutil.copy(_HERE / "provider.mjs", place)
    process = subprocess.Popen(
        ("node", "provider.mjs"),
        cwd=place,
        env=os.environ
        | {
            "CLIENT_SECRET": CLIENT["client_secret"],
            "REDIRECT_URI": f"http://127.0.0.1{callback}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        assert issuer, "the provider did not start"
        yield issuer
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)
