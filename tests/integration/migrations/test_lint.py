"""Dangerous statements of an unreleased revision are found."""

import pytest

from migrations.lanes import TEAM, TEMPLATE, Lane
from migrations.lint import NEWEST_RELEASED, lint
from migrations.revisions import RevisionChain
from tests.support.versions import Versions

DANGEROUS = {
    "an index that stops writes": "CREATE INDEX i ON tasks.task (title)",
    "a column that is renamed": "ALTER TABLE tasks.task RENAME COLUMN title TO name",
    "a table that is rewritten": "ALTER TABLE tasks.task ALTER COLUMN title TYPE varchar(50)",
    "a constraint that reads the table": "ALTER TABLE tasks.task ADD CHECK (version > 0)",
}
HARMLESS = """
op.execute("ALTER TABLE tasks.task ADD COLUMN IF NOT EXISTS of_a_test text")
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY IF NOT EXISTS of_a_test ON tasks.task (of_a_test)")
"""


def is_clean(versions: Versions, upgrade: str, lane: Lane = TEMPLATE) -> bool:
    number = "9001" if lane == TEMPLATE else "t9001"
    versions.add(number, upgrade, lane)
    revisions = RevisionChain.read(versions.home).plan({}, "head").revisions
    return lint(tuple(revision for revision in revisions if revision.id == number))


@pytest.mark.parametrize("statement", DANGEROUS.values(), ids=DANGEROUS)
def test_a_dangerous_statement_is_found(versions: Versions, statement: str) -> None:
    assert not is_clean(versions, f'op.execute("{statement}")')


@pytest.mark.parametrize("lane", [TEMPLATE, TEAM], ids=["the template's", "the team's first"])
def test_a_harmless_revision_is_clean(versions: Versions, lane: Lane) -> None:
    assert is_clean(versions, HARMLESS, lane)


def test_the_newest_released_revision_exists() -> None:
    assert NEWEST_RELEASED in RevisionChain.read()
