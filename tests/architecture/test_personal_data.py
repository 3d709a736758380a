"""What is held about a user is in their file, or the file says why not."""

from collections.abc import Iterable, Sequence
from typing import Any

from BE.core.database.connections import connected
from BE.core.wiring.context import Context
from BE.core.wiring.core import CORE
from tests.support.application import TESTED
from tests.support.postgres import execute, migrate

CONTEXTS = (*TESTED, CORE)

OF_A_USER = r"^(account|actor|assignee|audience|author|holder|invitee|inviter|member|owner|person|"
OF_A_USER += r"sender|subject|user)(_id)?$|_by$"
"""How a column is called that names a user."""

USERS = ("auth.account", "users.profile")
"""Tables whose key is the id of a user."""

ADVICE = (
    "{table} tells of a user, and nobody who asks for everything that is held about them gets it:"
    " name it in a part of `held` of CONTEXT in the wiring.py of {context}, or say in `withheld`"
    " there why it is left out"
)


async def tables_about_users(dsn: str) -> list[str]:
    """Those that refer to a user by a foreign key or by the name of a column."""
    async with connected(dsn) as connection:
        rows = await connection.fetch(
            """
            SELECT table_schema || '.' || table_name
            FROM information_schema.columns
            WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
                AND data_type IN ('uuid', 'text') AND column_name ~ $1
            UNION
            SELECT conrelid::regclass::text FROM pg_constraint
            WHERE contype = 'f' AND confrelid::regclass::text = ANY($2)
            UNION
            SELECT unnest($2::text[])
            ORDER BY 1
            """,
            OF_A_USER,
            USERS,
        )
    return [row[0] for row in rows]


def told(contexts: Iterable[Context[Any]]) -> set[str]:
    return {
        table
        for context in contexts
        for table in (*context.withheld, *(name for part in context.held for name in part.tables))
    }


def faults(tables: Sequence[str], contexts: Sequence[Context[Any]]) -> list[str]:
    owners = {
        table: context.name
        for context in contexts
        for table in (*context.tables, *context.append_only)
    }
    return [
        ADVICE.format(table=table, context=owners.get(table, table.partition(".")[0]))
        for table in tables
        if table not in told(contexts)
    ]


async def test_each_table_about_users_is_told_to_them(dsn: str) -> None:
    tables = await tables_about_users(dsn)

    assert {"users.profile", "auth.session", "audit.entry", "events.change"} <= {*tables}
    assert faults(tables, CONTEXTS) == []


async def test_a_table_that_nobody_tells_of_is_seen(empty_dsn: str) -> None:
    await migrate(empty_dsn)
    await execute(
        empty_dsn,
        """
        CREATE TABLE users.note (id uuid PRIMARY KEY, written_by uuid);
        CREATE TABLE users.colour (id uuid PRIMARY KEY);
        CREATE TABLE auth.device (id uuid PRIMARY KEY, whose uuid REFERENCES auth.account)
        """,
    )

    found = faults(await tables_about_users(empty_dsn), CONTEXTS)

    assert [sentence.partition(" tells")[0] for sentence in found] == ["auth.device", "users.note"]
    assert "`held` of CONTEXT in the wiring.py of users" in found[1]


async def test_a_part_that_is_left_out_is_seen(dsn: str) -> None:
    without = [context for context in CONTEXTS if context.name != "audit"]

    assert [
        sentence.partition(" tells")[0]
        for sentence in faults(await tables_about_users(dsn), without)
    ] == ["audit.entry"]


def test_a_context_tells_of_its_own_tables_and_of_each_in_one_way() -> None:
    for context in CONTEXTS:
        own = {*context.tables, *context.append_only}
        held = {table for part in context.held for table in part.tables}

        assert held | {*context.withheld} <= own, context.name
        assert not held & {*context.withheld}, context.name


def test_parts_are_files_with_names_of_their_own_and_sentences() -> None:
    parts = [part for context in CONTEXTS for part in context.held]
    sentences = [
        *(part.about for part in parts),
        *(sentence for context in CONTEXTS for sentence in context.withheld.values()),
    ]

    assert len({part.name for part in parts}) == len(parts)
    assert all(part.name.replace("-", "").isalpha() for part in parts)
    assert all(sentence[0].isupper() and sentence[-1] != "." for sentence in sentences)
