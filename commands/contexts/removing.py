import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from BE.core.exceptions import UnavailableError
from commands.backup_file import BackupFailed
from commands.contexts.adding import EXPECTED as EXPECTED_OF_CHANGES
from commands.contexts.adding import tools_to_develop
from commands.contexts.changes import Changes
from commands.contexts.dependants import StillNeeded, importers_among, require_unneeded
from commands.contexts.generated import ROOT, put_in_form, write_generated
from commands.contexts.lists import Entry, without_entry
from commands.contexts.pages import FrontEnd, SharedPage
from commands.contexts.schema import statements_of
from commands.contexts.trial import migrations_on_trial, undo
from commands.running import exit_on_expected_error, say
from migrations.new import write_revision
from migrations.revisions import UnknownRevision

GUIDE = ROOT / "docs/adding-a-context.md"
"""Its context is an example."""
KEYS = ROOT / "FE/src/features/auth/apiKeys.ts"


class NoSuchContext(Exception):
    """The message lists the existing ones."""


class NotConfirmed(Exception):
    """There is no terminal to ask on; the message says what would be lost."""


EXPECTED = (
    *EXPECTED_OF_CHANGES,
    BackupFailed,
    StillNeeded,
    SharedPage,
    NoSuchContext,
    NotConfirmed,
    UnknownRevision,
    UnavailableError,
)


def remove_context(
    name: Annotated[str, typer.Argument(help="The folder in BE/modules, such as tasks.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: its data may go.")] = False,
) -> None:
    """Remove a context, with its tests, its pages and its tables.

    All of it is removed, or nothing. The migration that it writes deletes the data. Migrations of
    its own that are in no commit are undone in the database of this checkout, and deleted.
    """
    with exit_on_expected_error(*EXPECTED):
        require_there(name)
        require_unneeded(name)
        trial = migrations_on_trial(name)
        if not yes:
            _ask(name, is_trial=bool(trial))
        tools = tools_to_develop()
        with Changes(ROOT) as changes:
            say(f"Taking {name} out …")
            if not trial:
                _remove_tables(name, changes)
            _remove_code(name, changes)
            FrontEnd(name.replace("_", "-")).remove(changes)
            made = [path for path in changes.made if path.suffix in {".py", ".ts", ".tsx"}]
            python = [path for path in made if path.suffix == ".py"]
            put_in_form(python, [path for path in made if path not in python], tools)
            write_generated(changes, tools)
            if trial:
                undo(trial)
            for revision in trial:
                changes.delete(revision.file)
    tables = ", and so are its migrations" if trial else "; the next `migrate` drops its tables"
    typer.echo(f"{name} is gone{tables}.")
    _report_rest(name)


def _ask(name: str, *, is_trial: bool) -> None:
    """Raises :class:`NotConfirmed` without a terminal."""
    when = "This deletes" if is_trial else "The next `migrate` will delete"
    consequence = f"{when} all that is in the schema {name}"
    if not sys.stdin.isatty():
        raise NotConfirmed(f"{consequence}: give --yes if that is meant. Nothing is changed.")
    typer.confirm(f"{consequence}. Go on?", abort=True)


def require_there(name: str) -> None:
    """Raises :class:`NoSuchContext`."""
    there = sorted(path.parent.name for path in (ROOT / "BE/modules").glob("*/__init__.py"))
    if name not in there:
        raise NoSuchContext(f"There is no context {name}: there are {', '.join(there)}.")


def _remove_tables(name: str, changes: Changes) -> None:
    """Before the code: the migrations are run once, to generate the statements of the downgrade."""
    statements = statements_of(name)
    if statements:
        title = f"Without {name.replace('_', ' ')}"
        changes.note(
            write_revision(
                title,
                upgrade=[f"-- squawk-ignore ban-drop-schema\nDROP SCHEMA {name} CASCADE"],
                downgrade=statements,
            )
        )


def _remove_code(name: str, changes: Changes) -> None:
    changes.delete(ROOT / "BE/modules" / name)
    for folder in sorted((ROOT / "tests").glob(f"*/{name}")):
        changes.delete(folder)
    container = ROOT / "container.py"
    contexts = Entry(Path("container.py"), "CONTEXTS = _load(", f'"{name}"')
    changes.write(container, without_entry(container.read_text(), contexts))
    _remove_scopes(name, changes)
    _remove_settings(name, changes)
    _forget_rules(name, changes)


def _remove_scopes(name: str, changes: Changes) -> None:
    """Their labels on the page for new API keys: the scopes themselves go with the wiring."""
    words = re.compile(rf"^ *\{{\s*value: \"{name}:(read|write)\",[^}}]*\}},\n", re.MULTILINE)
    changes.write(KEYS, words.sub("", KEYS.read_text()))


def _remove_settings(name: str, changes: Changes) -> None:
    """Those of a ``settings.py``, which config.py joins."""
    config, example = ROOT / "config.py", ROOT / ".env.example"
    module = f"from BE.modules.{name}.settings import "
    found = re.search(rf"^{re.escape(module)}(\w+)\n", config.read_text(), re.MULTILINE)
    if found is None:
        return
    text = config.read_text().replace(found[0], "")
    changes.write(config, re.sub(rf"\b{found[1]}\b(,\s*)?", "", text))
    removed = _settings_before(changes, name)
    lines = re.sub(
        rf"(^# (?![A-Z_]+=).*\n)*^# ?({'|'.join(removed)})=.*\n",
        "",
        example.read_text(),
        flags=re.MULTILINE,
    )
    changes.write(example, lines)


def _settings_before(changes: Changes, name: str) -> list[str]:
    text = changes.before(ROOT / "BE/modules" / name / "settings.py")
    return [field.upper() for field in re.findall(r"^    (\w+):", text, re.MULTILINE)]


def _forget_rules(name: str, changes: Changes) -> None:
    """Exceptions from lint rules that were made for it: they would match nothing."""
    file = ROOT / "pyproject.toml"
    lines = file.read_text().splitlines(keepends=True)
    kept = [
        line
        for line in lines
        if f"BE.modules.{name}." not in line and f'"BE/modules/{name}/' not in line
    ]
    changes.write(file, "".join(kept))


def _report_rest(name: str) -> None:
    """Report what is left, which only people can decide on."""
    importers = _importers(name)
    if left := [*importers, *_documents(name, importers)]:
        typer.echo("\nThese still name it: change or delete them.")
        for file in left:
            typer.echo(f"  {file.relative_to(ROOT)}")
    released = (ROOT / "docs/openapi.released.json").read_text()
    if f'"/api/v1/{name.replace("_", "-")}"' in released:
        typer.echo(
            "\nThe newest release has its routes, so this breaks clients: raise the major version"
            " in pyproject.toml, or run `manage.py contract --release` if there are none."
        )


def _importers(name: str) -> list[Path]:
    """The files that import from it, and those that import these."""
    files = [
        file
        for folder in ("benchmarks", "commands", "tests")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "template" not in file.parts
    ]
    packages = {f"BE.modules.{name}", f"tests.support.{name}"}
    found: set[Path] = set()
    while further := {*importers_among(iter(files), *packages)} - found:
        found |= further
        packages = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in further}
    return sorted(found)


def _documents(name: str, importers: list[Path]) -> list[Path]:
    """The documents that name its files, or those that cannot do without it."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    own = rf"(BE/modules|FE/src/features|tests/\w+)/{name.replace('_', '[_-]')}\b"
    files = re.compile("|".join([own, *(re.escape(file.name) for file in importers)]))
    return sorted(file for file in documents if file != GUIDE and files.search(file.read_text()))
