"""Secrets that no output may contain, and the search for them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

from BE.core.database.connections import connect
from tests.support.postgres import execute
from tests.support.processes.workers import API, Worker, cookie_of

HASH = "$argon2id$"
CANARY = re.compile(r"canary(?=(\d+-[0-9a-f]{32}))")
SECRET_FIELDS = (
    "password",
    "current_password",
    "new_password",
    "token",
    "refresh_token",
    "access_token",
    "client_secret",
)


class Canaries:
    """Secrets that can be found in any text."""

    def __init__(self) -> None:
        self._made: set[str] = set()
        self._watched: set[str] = set()
        self._number = count()

    def new(self) -> str:
        secret = f"canary{next(self._number)}-{uuid4().hex}"
        self._made.add(secret)
        return secret

    def watch(self, secret: str) -> str:
        """A secret that the server has made."""
        self._watched.add(secret)
        return secret

    def fields(self) -> dict[str, str]:
        return {name: self.new() for name in SECRET_FIELDS}

    def in_text(self, text: str) -> set[str]:
        return self.known_in(text) | ({HASH} if HASH in text else set())

    def known_in(self, text: str) -> set[str]:
        """By their form: there are tens of thousands, and to search for each takes a minute."""
        made = {f"canary{rest}" for rest in CANARY.findall(text)} & self._made
        return made | {secret for secret in self._watched if secret in text}


class Visit:
    """Requests to one process, each response of which is searched for secrets."""

    def __init__(self, worker: Worker) -> None:
        self.client = worker.client
        self.canaries = Canaries()
        self.statuses: set[int] = set()
        self.leaks: dict[str, set[str]] = {}

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"X-Api-Key": self.canaries.new(), "Referer": f"https://x/{self.canaries.new()}"}
        headers |= options.pop("headers", {})
        answer = await self.client.request(method, path, headers=headers, **options)
        self.statuses.add(answer.status_code)
        shown = str(answer.headers) + (answer.text if answer.is_error else "")
        if answer.is_error and (found := self.canaries.in_text(shown)):
            self.leaks[f"{method} {path} {answer.status_code}"] = found
        return answer

    async def post(self, path: str, body: object, **options: Any) -> httpx.Response:
        return await self.call("POST", f"{API}{path}", json=body, **options)

    async def sign_in(self, email: str, password: str) -> dict[str, str]:
        """The headers of a new session; both its tokens are watched."""
        answer = await self.post("/auth/login", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        return self.signed_in(answer)

    def signed_in(self, answer: httpx.Response) -> dict[str, str]:
        token = self.canaries.watch(answer.json()["access_token"])
        cookie = self.canaries.watch(cookie_of(answer))
        return {"Authorization": f"Bearer {token}", "Cookie": f"refresh_token={cookie}"}


@asynccontextmanager
async def altered(dsn: str, change: str) -> AsyncIterator[None]:
    """``table RENAME [column] TO name`` while the block runs."""
    await execute(dsn, f"ALTER TABLE {change}")
    yield
    table, renamed = change.split(" RENAME ")
    old, _, new = renamed.rpartition("TO ")
    if old:
        back = f"{table} RENAME {new} TO {old}"
    else:
        schema, _, name = table.partition(".")
        back = f"{schema}.{new} RENAME TO {name}"
    await execute(dsn, f"ALTER TABLE {back}")


async def found_in_tables(dsn: str, canaries: Canaries) -> AsyncIterator[str]:
    """The columns of our tables that hold a known secret, as text or as bytes."""
    connection = await connect(dsn)
    columns = await connection.fetch(
        """
        SELECT table_schema, table_name, column_name, data_type
        FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
            AND table_type = 'BASE TABLE'
        """
    )
    assert {"auth", "users"} <= {column["table_schema"] for column in columns}
    for schema, table, column, kind in columns:
        text = f'"{column}"::text'
        if kind == "bytea":
            text = f"encode(\"{column}\", 'escape')"
        held = await connection.fetchval(
            f'SELECT string_agg({text}, \' \') FROM "{schema}"."{table}"'
        )
        if canaries.known_in(held or ""):
            yield f"{schema}.{table}.{column}"
    await connection.close()
