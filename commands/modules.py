import re
from pathlib import Path

import typer

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/modules.md"
README = ROOT / "README.md"
MAP_IN_README = re.compile(
    r"(?<=<!-- map of the contexts -->\n).*?(?=<!-- end of the map -->)", re.DOTALL
)


def documents() -> dict[Path, str]:
    """Return the page about the contexts and the README with their map, generated from the code."""
    from BE.core.wiring.core import CORE
    from commands.context_facts import facts_of
    from commands.context_page import context_map, page
    from container import CONTEXTS

    contexts = facts_of([*CONTEXTS, CORE])
    readme = MAP_IN_README.sub(lambda _: context_map(contexts), README.read_text())
    return {PAGE: page(contexts), README: readme}


def modules() -> None:
    """Write what each context owns, serves, publishes, receives and asks for: docs/modules.md."""
    for document, text in documents().items():
        document.write_text(text)
        typer.echo(f"wrote {document.relative_to(ROOT)}")
