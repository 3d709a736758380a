"""The OpenAPI document, checked by a linter and by client generators."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from container import Container
from main import create_app
from tests.support.npm import install, needs_npm
from tests.support.processes.server import PATIENCE
from tests.support.project import ROOT

HERE = Path(__file__).parent / "clients"

pytestmark = needs_npm


@pytest.fixture(scope="module")
def project(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    base_settings: Settings,
) -> Path:
    """A front end with the document, the README's calls, and the client generators."""
    assert request.config.cache is not None
    packages = install(HERE, request.config.cache)
    project = tmp_path_factory.mktemp("clients")
    (project / "node_modules").symlink_to(packages / "node_modules")
    for name in ("hey_api.ts", "tsconfig.json", "package.json", "redocly.yaml"):
        shutil.copy(HERE / name, project)
    [calls] = re.findall(r"```ts\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (project / "tour.ts").write_text(calls)
    document = create_app(Container(base_settings)).openapi()
    (project / "openapi.json").write_text(json.dumps(document))
    return project


def test_redocly_finds_no_problem(project: Path) -> None:
    checked = run(project, "redocly", "lint", "openapi.json", "--format=json")

    report: dict[str, Any] = json.loads(checked.stdout[checked.stdout.index("{") :])
    problems = [(problem["ruleId"], problem["message"]) for problem in report["problems"]]
    assert problems == []


def test_the_calls_of_the_readme_compile_with_both_generators(project: Path) -> None:
    for command in (
        ("openapi-typescript", "openapi.json", "-o", "api.ts"),
        ("openapi-ts", "-i", "openapi.json", "-o", "hey_api_client"),
    ):
        generated = run(project, *command)
        assert generated.returncode == 0, generated.stdout + generated.stderr

    compiled = run(project, "tsc", "-p", ".")

    assert (compiled.returncode, compiled.stdout) == (0, "")


def run(project: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (f"node_modules/.bin/{program}", *arguments),
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
