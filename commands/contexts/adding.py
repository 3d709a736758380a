from importlib.util import find_spec
from typing import Annotated

import typer

from commands.contexts.changes import Changes
from commands.contexts.generated import ROOT, ToolFailed, put_in_form, write_generated
from commands.contexts.icons import UnknownIcon, icon_called, with_icon
from commands.contexts.lists import ListMissing, entries_of, imports_of, with_entry, with_import
from commands.contexts.names import Names, UnfitName
from commands.contexts.template import files_of, require_free, tables_of
from commands.front_end import Tools, Unavailable, fetch_tools
from commands.running import exit_on_expected_error, say
from migrations.new import write_revision
from migrations.revisions import RevisionConflict

NEXT_STEPS = """\
{title} are a context: BE/modules/{many}/, at /api/v1/{path}, with a page at /{path}.
One of them is {article} {one}.

  make run                          migrates the database, and serves the page
  make test CONTEXT={many}
  make check

Next, give them fields of their own: docs/adding-a-context.md shows each step."""


class ToolsMissing(Exception):
    """The tools for development are not installed."""


EXPECTED = (
    UnfitName,
    UnknownIcon,
    ListMissing,
    ToolFailed,
    ToolsMissing,
    Unavailable,
    RevisionConflict,
)


def new_context(
    name: Annotated[
        str, typer.Argument(help="What many of them are called, such as meeting_rooms.")
    ],
    *,
    singular: Annotated[
        str | None, typer.Option(help="What one is called, if that is not NAME without its s.")
    ] = None,
    icon: Annotated[
        str, typer.Option(help="That of its page: a name of https://lucide.dev/icons.")
    ] = "folder",
) -> None:
    """Add a context: a resource from the table to the page, with its events and tests.

    Everything is written, or nothing is.
    """
    with exit_on_expected_error(*EXPECTED):
        names = Names.of(name, singular)
        require_free(names, ROOT)
        tools = tools_to_develop()
        component = icon_called(icon)
        with Changes(ROOT) as changes:
            say(f"Writing the files of {names.many} …")
            _write(names, component, changes)
            made = changes.made
            python = [path for path in made if path.suffix == ".py"]
            put_in_form(python, [path for path in made if path.suffix in {".ts", ".tsx"}], tools)
            write_generated(changes, tools)
    (title, _), (path, _), (_, one) = (names.forms[form] for form in ("sentence", "kebab", "words"))
    typer.echo(
        NEXT_STEPS.format(title=title, path=path, one=one, many=names.many, article=names.article)
    )


def tools_to_develop() -> Tools:
    """Raises :class:`ToolsMissing`, :class:`Unavailable`."""
    if find_spec("ruff") is None or find_spec("pytest") is None:
        raise ToolsMissing("What development needs is not installed: run `make install` once.")
    return fetch_tools()


def _write(names: Names, icon: str, changes: Changes) -> None:
    for file in files_of(names):
        changes.write(ROOT / file.path, file.text)
    for entry in entries_of(names, icon):
        path = ROOT / entry.file
        changes.write(path, with_entry(path.read_text(), entry))
    for file_name, line in imports_of(names):
        path = ROOT / file_name
        changes.write(path, with_import(path.read_text(), line))
    navigation = ROOT / "FE/src/app/shell/Navigation.tsx"
    changes.write(navigation, with_icon(navigation.read_text(), icon))
    title, _ = names.forms["sentence"]
    changes.note(
        write_revision(
            title, upgrade=tables_of(names), downgrade=[f"DROP SCHEMA {names.many} CASCADE"]
        )
    )
