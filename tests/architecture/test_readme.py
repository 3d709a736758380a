"""What the README prints of the code is in the code."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUOTED = re.compile(r"^```\w+\n# ([\w./]+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def quotations() -> list[tuple[str, str]]:
    """Each file that is quoted, with each passage of it."""
    return [
        (file, passage.strip("\n"))
        for file, quoted in QUOTED.findall((ROOT / "README.md").read_text())
        for passage in quoted.split("# …\n")
    ]


def test_it_quotes_both_contexts_and_the_composition_root() -> None:
    files = {file for file, _ in quotations()}

    assert files > {"container.py", "BE/modules/audit/wiring.py"}
    assert {Path(file).parent.name for file in files} >= {"audit", "notifications"}


@pytest.mark.parametrize(("file", "passage"), quotations())
def test_it_quotes_what_is_there(file: str, passage: str) -> None:
    assert f"{passage}\n" in (ROOT / file).read_text()
