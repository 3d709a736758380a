"""The page about the contexts, and their map in the README, match the code."""

import re

from commands.modules import PAGE, README, documents


def test_the_page_matches_the_code() -> None:
    assert PAGE.read_text() == documents()[PAGE], "run `python manage.py modules`"


def test_the_map_in_the_readme_matches_the_code() -> None:
    assert README.read_text() == documents()[README], "run `python manage.py modules`"


def test_the_map_is_the_first_diagram_of_the_readme() -> None:
    [first, *_] = re.findall(r"```mermaid\n.*?```", README.read_text(), re.DOTALL)

    assert first in PAGE.read_text()
