"""Compression, HEAD, hosts, and the limit of concurrent requests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from BE.core.database.connections import connect
from BE.core.exceptions import PayloadTooLargeError
from BE.core.limits.overload import Overloaded
from BE.core.middleware.admission import Admission, AdmissionMiddleware
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, etag_of, until_ready
from tests.support.specimen.api import SPECIMENS


@pytest.fixture
async def large_specimen(client: httpx.AsyncClient, ada: Person) -> str:
    body = {"title": "Long", "description": "all work and no play " * 100}
    answer = await client.post(SPECIMENS, json=body, headers=ada.headers)
    return str(answer.headers["location"])


class TestCompression:
    async def test_a_long_answer_is_compressed_for_clients_that_accept_it(
        self, client: httpx.AsyncClient, ada: Person, large_specimen: str
    ) -> None:
        plain, compressed = [
            await client.get(large_specimen, headers=ada.headers | {"Accept-Encoding": accepted})
            for accepted in ("identity", "br, gzip")
        ]

        assert "content-encoding" not in plain.headers
        assert compressed.headers["content-encoding"] == "gzip"
        assert int(compressed.headers["content-length"]) < len(plain.content) / 5
        assert compressed.json() == plain.json()
        for answer in (plain, compressed):
            assert "Accept-Encoding" in answer.headers["vary"]
            assert answer.headers["etag"] == etag_of(answer.json()["id"], 1)

    async def test_a_short_answer_is_not_compressed(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get("/api/v1/users/me", headers=ada.headers)

        assert "gzip" in answer.request.headers["accept-encoding"]
        assert "content-encoding" not in answer.headers


class TestHead:
    async def test_is_a_get_without_its_body(
        self, client: httpx.AsyncClient, ada: Person, large_specimen: str
    ) -> None:
        got = await client.get(large_specimen, headers=ada.headers)
        head = await client.head(large_specimen, headers=ada.headers)

        assert head.status_code == 200
        assert head.content == b""
        names = ("content-type", "content-length", "content-encoding", "etag", "vary")
        assert [head.headers[name] for name in names] == [got.headers[name] for name in names]

    async def test_fails_as_a_get_fails(self, app: FastAPI) -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://a") as client:
            statuses = [
                (await client.head(path)).status_code
                for path in ("/health/live", "/nowhere", SPECIMENS, "/api/v1/auth/login")
            ]

        assert statuses == [200, 404, 401, 405]

    async def test_is_allowed_where_get_is(self, client: httpx.AsyncClient) -> None:
        answer = await client.put(SPECIMENS)

        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, POST"


class TestHosts:
    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("api.example.com", 401),
            ("API.example.com:8443", 401),
            ("a.b.example.org", 401),
            ("[::1]:8000", 401),
            ("example.org", 400),
            ("api.example.com.evil.test", 400),
            ("evil.test", 400),
            ("", 400),
        ],
    )
    async def test_only_trusted_hosts_are_served(
        self, build_app: AppFactory, host: str, status: int
    ) -> None:
        hosts = ("api.example.com", "*.example.org", "::1")
        async with build_app(trusted_hosts=hosts) as app, client_of(app) as client:
            await until_ready(client)
            answer = await client.get(SPECIMENS, headers={"Host": host})
            probe = await client.get("/health/ready", headers={"Host": host})

        assert answer.status_code == status
        assert probe.status_code == 200


class BusyApplication:
    """An application whose requests run until ``done`` is set."""

    def __init__(self, at_once: int, **refusals: Any) -> None:
        self.admission = Admission(at_once=at_once, **refusals)
        self.guarded = AdmissionMiddleware(self._serve, admission=self.admission)
        self.running = 0
        self.highest = 0
        self.bodies: list[bytes] = []
        self.done = asyncio.Event()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        self.highest = max(self.highest, self.running)
        await self.done.wait()
        if scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
        self.running -= 1

    def request(
        self, method: str = "GET", path: str = "/", body: AsyncIterator[Any] | None = None
    ) -> asyncio.Task[None]:
        async def receive() -> Any:
            assert body is not None
            return await anext(body)

        scope = {"type": "http", "method": method, "path": path}
        return asyncio.create_task(self.guarded(scope, receive, None))  # type: ignore[arg-type]


async def let_tasks_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class TestAdmission:
    async def test_requests_up_to_the_limit_run_as_many_wait_and_the_rest_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("BE.core.middleware.admission._MAX_WAIT", 60)
        busy = BusyApplication(at_once=2)
        requests = [busy.request() for _ in range(5)]
        await let_tasks_run()

        assert busy.running == 2
        with pytest.raises(Overloaded) as refused:
            requests[-1].result()
        assert 1 <= int(refused.value.headers["Retry-After"]) <= 4
        assert not any(request.done() for request in requests[:-1])

        busy.done.set()
        await asyncio.gather(*requests[:-1])
        await busy.request()
        assert busy.highest == 2

    async def test_a_request_that_waited_too_long_is_refused(self) -> None:
        busy = BusyApplication(at_once=1)
        first, second = busy.request(), busy.request()

        with pytest.raises(Overloaded):
            await second
        busy.done.set()
        await asyncio.gather(first, busy.request())

    async def test_health_is_always_answered(self) -> None:
        busy = BusyApplication(at_once=1)
        requests = [busy.request(), busy.request(path="/health"), busy.request(path="/health/live")]
        await let_tasks_run()

        assert busy.running == 3
        busy.done.set()
        await asyncio.gather(*requests)

    async def test_a_slow_body_does_not_block_other_requests(self) -> None:
        busy, arrived = BusyApplication(at_once=1), asyncio.Event()

        async def slow() -> AsyncIterator[Any]:
            yield {"type": "http.request", "body": b"sl", "more_body": True}
            await arrived.wait()
            yield {"type": "http.request", "body": b"ow", "more_body": False}

        sending = busy.request("POST", body=slow())
        busy.done.set()
        await busy.request()
        arrived.set()
        await sending

        assert busy.bodies == [b"slow"]

    async def test_a_body_is_not_read_when_all_places_are_taken(self) -> None:
        busy = BusyApplication(at_once=1)
        requests = [busy.request(), busy.request()]
        await let_tasks_run()

        async def unread() -> AsyncIterator[Any]:
            pytest.fail("it was read")
            yield

        with pytest.raises(Overloaded):
            await busy.request("POST", body=unread())
        busy.done.set()
        await asyncio.gather(*requests)

    async def test_later_refusals_are_delayed_without_blocking_requests(self) -> None:
        busy = BusyApplication(at_once=1, refused_at_once=1, held=(3600, 3600))
        requests = [busy.request(), busy.request()]
        await let_tasks_run()
        refused, held = busy.request("POST"), busy.request("POST")
        await let_tasks_run()

        assert isinstance(refused.exception(), Overloaded)
        assert not held.done()
        assert not busy.admission.has_room(2 + 1)
        assert busy.admission.has_room(1 + 1)
        held.cancel()
        await asyncio.wait([held])
        assert not busy.admission.has_room(2)
        busy.done.set()
        await asyncio.gather(*requests)

    def test_after_a_second_a_refusal_is_immediate_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        admission, now = Admission(at_once=1, refused_at_once=2, held=(5, 5)), 1000.0
        monkeypatch.setattr("time.monotonic", lambda: now)

        assert [admission.refusal_delay() for _ in range(4)] == [0, 0, 5, 5]
        now += 1
        assert admission.refusal_delay() == 0

    async def test_too_large_a_body_raises_in_its_reader(self) -> None:
        busy = BusyApplication(at_once=1)
        busy.done.set()

        async def endless() -> AsyncIterator[Any]:
            raise PayloadTooLargeError
            yield

        with pytest.raises(PayloadTooLargeError):
            await busy.request("POST", body=endless())

    async def test_a_refusal_says_when_to_retry(self, build_app: AppFactory, dsn: str) -> None:
        login = {"email": "ada@example.com", "password": "x"}
        other = await connect(dsn)
        async with build_app(max_requests_at_once=1) as app, client_of(app) as client:
            async with other.transaction():
                await other.execute("LOCK auth.account IN ACCESS EXCLUSIVE MODE")
                logins = [
                    asyncio.create_task(client.post("/api/v1/auth/login", json=login))
                    for _ in range(3)
                ]
                done, held = await asyncio.wait(logins, return_when=asyncio.FIRST_COMPLETED)
                health = await client.get("/health/live")
            await asyncio.wait(held)
        await other.close()

        refused = done.pop().result()
        assert refused.status_code == 503
        assert refused.json()["code"] == "UNAVAILABLE"
        assert 1 <= int(refused.headers["retry-after"]) <= 4
        assert health.status_code == 200
