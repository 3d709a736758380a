"""Statements that omit whose rows they want, as if they had been composed wrongly."""

from typing import Any

import pytest

from BE.core.database.database import Database

_FILTERS = {
    " AND owner_id = $2": " AND $2::uuid IS NOT NULL",
    "WHERE owner_id = $1": "WHERE $1::uuid IS NOT NULL",
    " AND owner_id = $1": " AND $1::uuid IS NOT NULL",
}


def omit_owner(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Remove the owner from every statement that contains ``text``, such as a table's name."""
    run = Database._run

    async def run_unfiltered(self: Database, method: str, query: str, arguments: Any) -> Any:
        if text in query:
            for condition, always_true in _FILTERS.items():
                query = query.replace(condition, always_true)
        return await run(self, method, query, arguments)

    monkeypatch.setattr(Database, "_run", run_unfiltered)
