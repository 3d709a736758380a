"""The code that a document quotes exists."""

import re
from pathlib import Path

import pytest

from commands.contexts.names import Names
from commands.contexts.template import files_of
from tests.support.project import ROOT

DOCUMENTS = (ROOT / "README.md", ROOT / "docs/adding-a-context.md")
QUOTED = re.compile(r"^```\w+\n# ([\w./]+\.\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = {str(file.path): file.text for file in files_of(Names.of("projects"))}
"""What `new-context projects` writes."""


def quotations() -> list[tuple[str, str]]:
    """Each file that is quoted, with each passage of it."""
    return [
        (file, passage.strip("\n"))
        for document in DOCUMENTS
        for file, quoted in QUOTED.findall(document.read_text())
        for passage in quoted.split("# …\n")
    ]


def source(file: str) -> str:
    return WRITTEN[file] if file in WRITTEN else Path(ROOT / file).read_text()


def test_existing_and_generated_contexts_are_quoted() -> None:
    files = {file for file, _ in quotations()}

    assert files > {"container.py", "BE/modules/projects/wiring.py"}
    assert any(file.startswith("BE/modules/notifications/") for file in files)


@pytest.mark.parametrize(("file", "passage"), quotations())
def test_a_quoted_passage_is_in_its_file(file: str, passage: str) -> None:
    assert f"{passage}\n" in source(file)
