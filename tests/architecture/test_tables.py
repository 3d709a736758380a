"""Every table belongs to a context, which declares it."""

from BE.core.database.connections import connected
from BE.core.wiring.core import CORE
from tests.support.application import TESTED

CONTEXTS = (*TESTED, CORE)
DECLARED = [table for context in CONTEXTS for table in context.tables + context.append_only]


async def test_each_table_is_declared_by_the_context_that_owns_it(dsn: str) -> None:
    schemas = {context.name for context in CONTEXTS} | {
        table.partition(".")[0] for table in DECLARED
    }
    async with connected(dsn) as connection:
        rows = await connection.fetch(
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY($1)",
            schemas,
        )

    assert sorted(DECLARED) == sorted(table for (table,) in rows), (
        "name each table in `tables` of CONTEXT, in the wiring.py of the context that owns it"
    )


def test_a_context_owns_the_schema_of_its_name_and_no_other() -> None:
    for context in TESTED:
        for table in context.tables + context.append_only:
            assert table.startswith(f"{context.name}."), table
