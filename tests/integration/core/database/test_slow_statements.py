"""Slow statements are logged with their request, and without values."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from BE.core.exceptions import UnavailableError
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up

ROUTE = "POST /api/v1/specimens"


@pytest.fixture
def slow() -> Iterator[list[dict[str, Any]]]:
    """The log lines about slow statements."""
    logged: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.msg)  # type: ignore[method-assign,arg-type]
    logger = logging.getLogger("BE.core.database.slow_statements")
    logger.addHandler(handler)
    yield logged
    logger.removeHandler(handler)


async def test_a_slow_statement_is_logged_with_its_route_and_without_values(
    build_app: AppFactory, own_dsn: str, slow: list[dict[str, Any]]
) -> None:
    slow_app = build_app(database_url=own_dsn, slow_statement_seconds=1e-9)
    async with slow_app as app, client_of(app) as client:
        ada = await sign_up(client)
        slow.clear()
        headers = ada.headers | {"X-Request-ID": "req-slow"}
        answer = await client.post("/api/v1/specimens", json={"title": "a fern"}, headers=headers)
        lines = [line for line in slow if line["route"] == ROUTE]

    assert answer.status_code == 201
    statements = [line["statement"] for line in lines]
    assert any("INSERT INTO specimens.specimen" in statement for statement in statements)
    assert "COMMIT" in statements
    assert {line["request_id"] for line in lines} == {"req-slow"}
    assert all(line["seconds"] >= 0 for line in lines)
    assert "a fern" not in str(slow)
    assert ada.email not in str(slow)


async def test_a_slow_statement_that_fails_is_logged(
    build_app: AppFactory, own_dsn: str, slow: list[dict[str, Any]]
) -> None:
    async with build_app(database_url=own_dsn, slow_statement_seconds=0.05) as app:
        database = app.state.container.database()
        for _ in range(2):
            with pytest.raises(UnavailableError):
                async with database.transaction():
                    await database.execute("SET LOCAL statement_timeout = 100")
                    await database.execute("SELECT pg_sleep($1)", 60)

    found = [line["statement"] for line in slow if "pg_sleep" in line["statement"]]
    assert found == ["SELECT pg_sleep($1)"] * 2


async def test_a_fast_statement_is_not_logged(
    build_app: AppFactory, own_dsn: str, slow: list[dict[str, Any]]
) -> None:
    app_with_limit = build_app(database_url=own_dsn, slow_statement_seconds=60)
    async with app_with_limit as app, client_of(app) as client:
        await sign_up(client)

    assert not slow
