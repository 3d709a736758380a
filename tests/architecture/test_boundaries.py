"""Each contract fails when its boundary is violated: a rule never seen red is decoration."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FILES = "a module is these files and no others, importing only downwards: move it to its layer"
CORE = "core imports no module: let the core declare a Protocol"
LAYERS = "core is layers of packages, importing only downwards: move what both need to the lower"
FAST = "the fast path can be switched off: nothing in BE depends on it"
PRIVATE = "a repository is private to its service: call a method of the service"
SHARE = "modules share only events, and auth imports no other module: use an event or a port"
EDGE = "HTTP stays at the edge: raise a DomainError, the router answers"
DRIVER = "only the database touches the driver: call the methods of Database"
ROOTWARD = "BE never imports the composition root: let wiring.py hand it over"

VIOLATIONS = [
    ("modules/users/helpers.py", "X = 1", FILES),
    ("modules/users/repository.py", "from BE.modules.users import service", FILES),
    ("modules/users/models.py", "from BE.modules.users import repository", FILES),
    ("modules/users/service/users.py", "from BE.modules.users import schemas", FILES),
    ("modules/auth/events.py", "from BE.modules.auth import models", FILES),
    ("core/database/database.py", "from BE.modules.auth import models", CORE),
    ("core/database/database.py", "from BE.core.http import pagination", LAYERS),
    ("core/http/routes.py", "from BE.core.middleware import errors", LAYERS),
    ("core/http/routes.py", "from BE.core.http.fast import plan", FAST),
    ("core/operations/health.py", "from BE.core.http.fast import fast_path", FAST),
    ("core/events/bus.py", "from BE.core.security import keys", LAYERS),
    ("core/types.py", "from BE.core import emails", LAYERS),
    ("core/helpers.py", "X = 1", LAYERS),
    ("core/types.py", "def f():\n    from BE.modules.users import models", CORE),
    ("modules/users/router.py", "from BE.modules.users import repository", PRIVATE),
    ("modules/users/wiring.py", "from BE.modules.audit import repository", SHARE),
    ("modules/users/wiring.py", "from BE.modules.audit import service", SHARE),
    ("modules/users/service/users.py", "from BE.modules.users import wiring", FILES),
    ("core/http/dependencies.py", "from BE.core.wiring import core", LAYERS),
    ("modules/users/service/users.py", "from BE.modules.audit import service", SHARE),
    ("modules/users/service/users.py", "from BE.modules.auth import models", SHARE),
    ("modules/users/router.py", "from BE.modules.auth import service", SHARE),
    ("modules/identities/service/identities.py", "from BE.modules.auth import service", SHARE),
    ("modules/audit/models.py", "from BE.modules.auth import events", SHARE),
    ("modules/audit/service/audit.py", "from BE.modules.exports import events", SHARE),
    ("modules/auth/service/sign_in.py", "from BE.modules.exports import events", SHARE),
    ("modules/auth/service/sign_in.py", "from BE.modules.users import exceptions", SHARE),
    (
        "modules/users/models.py",
        "import typing\nif typing.TYPE_CHECKING:\n    from BE.modules.auth import models",
        SHARE,
    ),
    ("modules/auth/service/sign_in.py", "import fastapi", EDGE),
    ("modules/auth/service/sign_in.py", "from starlette.requests import Request", EDGE),
    ("modules/users/models.py", "from BE.core.http import responses", EDGE),
    ("modules/users/ports.py", "import fastapi", EDGE),
    ("core/events/bus.py", "import fastapi", EDGE),
    ("core/security/passwords.py", "import starlette", EDGE),
    ("modules/users/repository.py", "import asyncpg", DRIVER),
    ("core/operations/health.py", "import asyncpg", DRIVER),
    ("core/telemetry/logging.py", "import config", ROOTWARD),
    ("modules/auth/service/sign_in.py", "from container import Container", ROOTWARD),
    ("core/operations/health.py", "import main", ROOTWARD),
    ("core/server/process.py", "import manage", ROOTWARD),
    ("core/server/process.py", "from commands import running", ROOTWARD),
    ("core/operations/health.py", "from migrations import runner", ROOTWARD),
]


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


def test_the_code_keeps_every_boundary() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("file", "code", "contract"), VIOLATIONS)
def test_a_violation_is_reported(tmp_path: Path, file: str, code: str, contract: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "BE", tmp_path / "BE", ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / "BE" / file
    assert changed.exists() is (changed.name != "helpers.py"), "only helpers.py is a new file"
    with changed.open("a") as source:
        source.write(f"\n{code}\n")

    result = lint(tmp_path)

    assert result.returncode != 0
    assert f"{contract} BROKEN" in " ".join(result.stdout.split())
