"""Files are short, and no file imports a test file."""

import ast
from pathlib import Path

import pytest

from tests.support.project import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_TEST = 600
CODE = sorted(
    [
        *ROOT.glob("*.py"),
        *(
            file
            for folder in ("BE", "commands", "migrations")
            for file in (ROOT / folder).rglob("*.py")
        ),
    ]
)
LONGEST = {"container.py": 101, "main.py": 121}
"""A file has fewer lines than this; any other fewer than 350."""


def is_test_file(path: Path) -> bool:
    return path.name == "conftest.py" or path.name.startswith("test_")


def imported(source: str) -> set[str]:
    """The modules that a file imports, and the imported names that may be modules."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules |= {name.name for name in names}
            case ast.ImportFrom(module=module, names=names):
                modules |= {f"{module}", *(f"{module}.{name.name}" for name in names)}
    return modules


def imported_tests(source: str) -> set[str]:
    """The test files and conftests among them."""
    return {
        module
        for module in imported(source)
        if module.startswith("tests.")
        if is_test_file(Path(*module.split(".")).with_suffix(".py"))
    }


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_imports_a_test_file(path: Path) -> None:
    """Shared code belongs in tests/support; pytest finds a fixture by its name."""
    assert imported_tests(path.read_text()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "from tests.unit.tasks.test_tasks import create",
        "from tests.unit.tasks import test_tasks",
        "import tests.integration.conftest",
        "def test_it():\n    from tests.conftest import server",
    ],
)
def test_an_import_of_a_test_file_is_detected(source: str) -> None:
    assert imported_tests(source)


def test_a_file_of_tests_is_short() -> None:
    """Split a longer one by what it is about."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in TESTS}

    assert {path: length for path, length in lengths.items() if length >= LONGEST_TEST} == {}


def test_a_file_holds_one_idea() -> None:
    """Split a longer one by what its parts are about."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in CODE}

    too_long = {path: n for path, n in lengths.items() if n >= LONGEST.get(path, 350)}
    assert len(lengths) > 150
    assert too_long == {}
