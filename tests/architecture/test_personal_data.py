"""The file of a user holds all data about them, or says what it leaves out and why."""

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
"""The names of columns that refer to a user."""

USERS = ("auth.account", "users.profile")
"""Tables whose key is the id of a user."""

ADVICE = (
    "{table} holds data about a user, and the file that a user exports does not include it:"
    " name it in a part of `held` of CONTEXT in the wiring.py of {context}, or say in `withheld`"
    " there why it is left out"
)


async def tables_about_users(dsn: str) -> list[str]:
    """The tables that refer to a user by a foreign key or by the name of a column."""
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


def declared(contexts: Iterable[Context[Any]]) -> set[str]:
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
        if table not in declared(contexts)
    ]


async def test_each_table_about_users_is_exported_or_withheld(dsn: str) -> None:
    tables = await tables_about_users(dsn)

    assert {"users.profile", "auth.session", "audit.entry", "events.change"} <= {*tables}
    assert faults(tables, CONTEXTS) == []


async def test_an_undeclared_table_is_reported(empty_dsn: str) -> None:
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

    assert [sentence.partition(" holds")[0] for sentence in found] == ["auth.device", "users.note"]
    assert "`held` of CONTEXT in the wiring.py of users" in found[1]


async def test_the_table_of_a_missing_context_is_reported(dsn: str) -> None:
    without = [context for context in CONTEXTS if context.name != "audit"]

    assert [
        sentence.partition(" holds")[0]
        for sentence in faults(await tables_about_users(dsn), without)
    ] == ["audit.entry"]


def test_a_context_declares_only_its_own_tables_and_each_once() -> None:
    for context in CONTEXTS:
        own = {*context.tables, *context.append_only}
        held = {table for part in context.held for table in part.tables}

        assert held | {*context.withheld} <= own, context.name
        assert not held & {*context.withheld}, context.name


def test_parts_have_unique_names_and_descriptions() -> None:
    parts = [part for context in CONTEXTS for part in context.held]
    sentences = [
        *(part.about for part in parts),
        *(sentence for context in CONTEXTS for sentence in context.withheld.values()),
    ]

    assert len({part.name for part in parts}) == len(parts)
    assert all(part.name.replace("-", "").isalpha() for part in parts)
    assert all(sentence[0].isupper() and sentence[-1] != "." for sentence in sentences)
