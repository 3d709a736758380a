"""Clients that use the service while its processes are replaced."""

import asyncio
from collections import Counter
from typing import Self
from uuid import UUID, uuid4

import httpx

from tests.support.processes.server import PATIENCE
from tests.support.processes.workers import PASSWORD

ADMIN = "root@example.com"
CLIENTS = 8


class Load:
    """Clients that create users one by one, each twice with one key, and the responses."""

    def __init__(self, address: str) -> None:
        self.answers: Counter[str] = Counter()
        self.created: set[UUID] = set()
        self._url = f"{address}/api/v1"
        self._headers: dict[str, str] = {}
        self._stop = asyncio.Event()
        self._clients: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        body = {"email": ADMIN, "password": PASSWORD}
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.post(f"{self._url}/auth/login", json=body)
        self._headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        # half of them keep their connection, half open one for each request
        self._clients = [
            asyncio.create_task(self._use(keeps_alive=bool(number % 2)))
            for number in range(CLIENTS)
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await asyncio.gather(*self._clients)

    async def more(self, count: int) -> None:
        """Wait for ``count`` more responses."""
        target = self.answers.total() + count
        async with asyncio.timeout(PATIENCE):
            while self.answers.total() < target:  # noqa: ASYNC110 - other tasks change it
                await asyncio.sleep(0.01)

    async def _use(self, *, keeps_alive: bool) -> None:
        headers = self._headers | ({} if keeps_alive else {"Connection": "close"})
        async with httpx.AsyncClient(timeout=PATIENCE, headers=headers) as client:
            while not self._stop.is_set():
                name = uuid4().hex
                for _ in range(2):
                    await self._create(client, name)

    async def _create(self, client: httpx.AsyncClient, name: str) -> None:
        body = {"email": f"{name}@example.com", "password": PASSWORD, "full_name": "Ada"}
        headers = {"Idempotency-Key": name}
        try:
            answer = await client.post(f"{self._url}/users", json=body, headers=headers)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
        else:
            self.answers[str(answer.status_code)] += 1
            if answer.is_success:
                self.created.add(UUID(answer.json()["id"]))
