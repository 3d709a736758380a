"""The image holds what the application imports, and nothing else of the checkout."""

import ast
from collections.abc import Iterator
from pathlib import Path

from config import Settings

ROOT = Path(__file__).parents[2]
CONTEXT = (ROOT / ".dockerignore").read_text().split()
INCLUDED = {pattern.removeprefix("!") for pattern in CONTEXT if pattern.startswith("!")}
STARTED = {"manage.py", "main.py"}  # by the image, and by the server that manage.py runs
TEMPLATE = ROOT / "commands/contexts/template"


def test_the_template_of_contexts_is_left_out() -> None:
    assert str(TEMPLATE.relative_to(ROOT)) in CONTEXT


def test_the_image_includes_only_listed_files() -> None:
    assert CONTEXT[0] == "*"


def test_the_image_has_every_imported_module() -> None:
    modules = {name for file in sources() for name in imported_by(file) if is_ours(name)}

    assert modules > {"BE", "commands"}
    assert STARTED <= INCLUDED
    assert modules <= {name.removesuffix(".py") for name in INCLUDED}


def test_the_context_has_every_file_that_the_dockerfile_copies() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    files = {file for copied in copies if "--from" not in copied[0] for file in copied}

    assert files > {"requirements.txt", "FE/package-lock.json"}
    assert {file.partition("/")[0] for file in files} <= INCLUDED | {"."}


def test_the_image_builds_its_own_front_end() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert {"FE/dist", "FE/node_modules"} <= set(CONTEXT)
    assert f"COPY --from=front-end /{Settings.model_fields['front_end_dir'].default} " in dockerfile


def sources() -> Iterator[Path]:
    for name in INCLUDED - {"FE"}:
        if name.endswith(".py"):
            yield ROOT / name
        yield from (file for file in (ROOT / name).rglob("*.py") if TEMPLATE not in file.parents)


def imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def is_ours(name: str) -> bool:
    return (ROOT / f"{name}.py").is_file() or (ROOT / name).is_dir()
