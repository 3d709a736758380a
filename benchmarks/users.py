"""Every list, sort, filter and search of users, over HTTP: with 1 000 users and with 100 000.

``python -m benchmarks.users [--users N] [--rounds N] [--plans]`` makes the users in two databases
and sends requests to one server process on each, in turn. Prints medians in milliseconds.
"""

import argparse
import asyncio
import random
import statistics
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import httpx

from BE.core.database.connections import connect
from BE.core.types import new_id
from BE.modules.users.models import UserOrder
from BE.modules.users.repository import _along, _matching
from benchmarks.support import measured
from tests.support.processes.workers import API

FEW = 1_000
PAGE = 20
FAR = 1_000
ADMIN = {"FIRST_ADMIN_EMAIL": "root@bench.test", "FIRST_ADMIN_PASSWORD": "a horse of the bench"}

SORTS: list[dict[str, Any]] = [
    {"sort_by": by, "sort_order": order}
    for by, order in product(("created_at", "email", "full_name", "username"), ("asc", "desc"))
]
FILTERS: list[dict[str, Any]] = [
    {"role": "admin"},
    {"is_active": False},
    {"role": "user", "is_active": True, "sort_by": "email"},
    {"role": "admin", "is_active": False, "sort_by": "username", "sort_order": "desc"},
]
SEARCHES: list[dict[str, Any]] = [
    {"search": ".example"},  # all users
    {"search": "e", "sort_by": "full_name"},
    {"search": "an", "sort_by": "username"},
    {"search": "q7"},  # one in 30 000
    {"search": "ß", "sort_by": "email"},  # no user
    {"search": "q7x", "sort_by": "full_name"},
    {"search": "zzzz"},
    {"search": "@a17."},  # one in 200
    {"search": "@a17.", "role": "user", "is_active": True, "sort_by": "full_name"},
    {"search": "7@a", "sort_by": "email", "sort_order": "desc"},  # one in 10
]

_SYLLABLES = [a + b for a, b in product("bdfghklmnprstvw", ("a", "e", "i", "o", "u", "an", "er"))]


async def fill(dsn: str, count: int) -> None:
    """Create users by COPY. The index for searches is rebuilt, which is faster than row by row."""
    dice = random.Random(42)
    first_names = ["".join(dice.choices(_SYLLABLES, k=2)).title() for _ in range(2_000)]
    last_names = ["".join(dice.choices(_SYLLABLES, k=3)).title() for _ in range(5_000)]
    newest = datetime.now(UTC)
    profiles = []
    for number in range(count):
        user_id, first, last = new_id(), dice.choice(first_names), dice.choice(last_names)
        rare = "q7" if dice.random() < 1 / 30_000 else ""
        email = f"{first}.{last}{rare}{number}@a{dice.randrange(200)}.example".lower()
        username = f"{first}{number}" if dice.random() < 0.7 else None
        role = "admin" if dice.random() < 0.005 else "user"
        status, since = dice.random() < 0.9, newest - timedelta(seconds=30 * number)
        profiles.append((user_id, email, username, f"{first} {last}", role, status, since))
    connection = await connect(dsn)
    search = await connection.fetchval("SELECT pg_get_indexdef('users.profile_search'::regclass)")
    await connection.execute("DROP INDEX users.profile_search")
    columns = ["id", "email", "username", "full_name", "role", "is_active", "created_at"]
    await connection.copy_records_to_table(
        "profile", schema_name="users", columns=columns, records=profiles
    )
    await connection.execute(
        "INSERT INTO auth.account (id, email, role, is_active, created_at)"
        " SELECT id, email, role, is_active, created_at FROM users.profile"
        " ON CONFLICT (id) DO NOTHING"
    )
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await connection.execute(search)
    await connection.execute("ALTER INDEX users.profile_search ALTER COLUMN 1 SET STATISTICS 0")
    await connection.execute("VACUUM ANALYZE users.profile")
    await connection.close()


class Side:
    """A server and how many users it has."""

    def __init__(self, dsn: str, client: httpx.AsyncClient, count: int) -> None:
        self.dsn = dsn
        self.count = count
        self._client = client
        self._headers: dict[str, str] = {}

    async def sign_in(self) -> None:
        body = {"email": ADMIN["FIRST_ADMIN_EMAIL"], "password": ADMIN["FIRST_ADMIN_PASSWORD"]}
        answer = await self._client.post(f"{API}/auth/login", json=body)
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def fetch(self, query: dict[str, Any]) -> Any:
        answer = await self._client.get(f"{API}/users", params=query, headers=self._headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def far(self, query: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The number of page 1 000, or of the last one, and the query for it."""
        page, before, cursor = 1, {}, (await self.fetch({"limit": PAGE} | query))["next_cursor"]
        while cursor is not None and page < FAR:
            page, before = page + 1, {"cursor": cursor}
            step = 5 if page + 5 <= FAR else 1
            cursor = (await self.fetch({"limit": PAGE * step} | query | before))["next_cursor"]
            page += (step - 1) if cursor else 0
        return page, query | before

    async def milliseconds(self, query: dict[str, Any]) -> float:
        began = time.perf_counter()
        await self.fetch({"limit": PAGE} | query)
        return (time.perf_counter() - began) * 1000


async def compare(sides: list[Side], queries: list[dict[str, Any]], rounds: int) -> list[float]:
    """The median of each side; in turn, so that disturbances affect both alike."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, query, times in zip(sides, queries, taken, strict=True):
            times.append(await side.milliseconds(query))
    return [statistics.median(seconds) for seconds in taken]


async def plans(dsn: str) -> None:
    connection = await connect(dsn)
    order = UserOrder("email", descending=False)
    shown = {
        "a page by email": (_along(order, searching=False, resumed=False), None, None, 21),
        "a search for many": (
            _along(order, searching=True, resumed=False),
            *(None, None, 1050, "an", 21),
        ),
        "a search for few": (_matching(order, resumed=False), None, None, 21, "q7"),
    }
    for name, (statement, *arguments) in shown.items():
        await connection.execute(f"PREPARE shown AS {statement}")
        values = ", ".join("NULL" if argument is None else repr(argument) for argument in arguments)
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE shown ({values})")
        print(f"\n{name}:", *(row[0] for row in rows), sep="\n")
        await connection.execute("DEALLOCATE shown")
    await connection.close()


async def main(users: int, rounds: int, *, with_plans: bool) -> None:
    async with AsyncExitStack() as stack:
        sides = []
        for count in (FEW, users):
            dsn, [worker] = await stack.enter_async_context(measured(1, **ADMIN))
            began = time.perf_counter()
            await fill(dsn, count)
            print(f"{count} users made in {time.perf_counter() - began:.1f} s")
            sides.append(Side(dsn, worker.client, count))
            await sides[-1].sign_in()
        print("\n| list | page | with 1 000 | with", f"{users:,} | ratio |".replace(",", " "))
        print("|---|---|---|---|---|")
        for query in [{}, *SORTS, *FILTERS, *SEARCHES]:
            name = " ".join(f"{key}={value}" for key, value in query.items()) or "all"
            places = [(1, [query, query])]
            found = [await side.far(query) for side in sides]
            if found[-1][0] > 1:
                places.append((found[-1][0], [row[1] for row in found]))
            for page, queries in places:
                few, many = await compare(sides, queries, rounds)
                print(
                    f"| {name} | {page} | {few:.2f} | {many:.2f} | {many / few:.2f} |", flush=True
                )
        if with_plans:
            await plans(sides[-1].dsn)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--plans", action="store_true")
    given = parser.parse_args()
    asyncio.run(main(given.users, given.rounds, with_plans=given.plans))
