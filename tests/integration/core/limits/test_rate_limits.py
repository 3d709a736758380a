"""The rate limits of an address and a user, in one process and in several."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.exceptions import RateLimitedError
from BE.core.middleware.admission import Admission
from BE.core.operations.metrics import Metrics
from BE.core.redis.cache import Cache
from BE.core.redis.rate_limits import RateLimits, TooManyChanges
from BE.core.redis.redis_or_memory import RedisOrMemory
from container import Container
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up, user_without_account
from tests.support.events import eventually
from tests.support.redis import Redis, needs_redis

ME = "/api/v1/users/me"
PUBLIC = "/api/v1/nowhere"
PER_ADDRESS, PER_USER = 3, 5
WINDOW = timedelta(hours=1)  # on a busy machine a test takes more than a minute


@pytest.fixture
def build_limited(build_app: AppFactory) -> Any:
    @asynccontextmanager
    async def build(redis_url: str | None = None, **changes: Any) -> AsyncIterator[FastAPI]:
        def prepare(container: Container) -> None:
            limits = RateLimits(
                redis_url, per_address=PER_ADDRESS, per_user=PER_USER, window=WINDOW
            )
            container.rate_limits.override(limits)

        options = {"rate_limit_enabled": True, "trusted_proxy_hops": 1, "redis_url": redis_url}
        async with build_app(prepare, **options | changes) as app:
            yield app

    return build


@pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
async def client(
    request: pytest.FixtureRequest, build_limited: Any
) -> AsyncIterator[httpx.AsyncClient]:
    url = None
    if request.param == "redis":
        request.getfixturevalue("patience")
        url = request.getfixturevalue("redis").url
    async with build_limited(url) as app, client_of(app) as client:
        yield client
        assert await health(client) == {"status": "healthy", "backend": request.param}


async def statuses(
    client: httpx.AsyncClient, path: str, times: int, ip: str = "192.0.2.1", **headers: str
) -> list[int]:
    sent = headers | {"X-Forwarded-For": ip}
    return [(await client.get(path, headers=sent)).status_code for _ in range(times)]


async def count_until_refused(client: httpx.AsyncClient, **headers: str) -> int:
    """Send requests until one is refused; return how many were admitted."""
    sent = 0
    while (await client.get(PUBLIC, headers=headers)).status_code != 429:
        sent += 1
    return sent


class TestAddress:
    async def test_has_a_limit_without_a_token(self, client: httpx.AsyncClient) -> None:
        assert await statuses(client, PUBLIC, 5) == [404] * 3 + [429] * 2
        assert await statuses(client, PUBLIC, 1, ip="192.0.2.2") == [404]

    async def test_receives_when_to_retry(self, client: httpx.AsyncClient) -> None:
        await statuses(client, PUBLIC, 3)

        refused = await client.get(PUBLIC, headers={"X-Forwarded-For": "192.0.2.1"})

        assert refused.json()["code"] == "RATE_LIMITED"
        assert 1 <= int(refused.headers["retry-after"]) <= WINDOW.total_seconds() / PER_ADDRESS

    async def test_a_wrong_token_does_not_raise_the_limit(self, client: httpx.AsyncClient) -> None:
        wrong = {"Authorization": "Bearer a.b.c"}

        assert await statuses(client, ME, 4, **wrong) == [401] * 3 + [429]
        assert await statuses(client, PUBLIC, 1) == [429]

    async def test_an_ipv6_address_shares_the_limit_of_its_network(
        self, client: httpx.AsyncClient
    ) -> None:
        admitted = [
            (await statuses(client, PUBLIC, 4, ip=f"2001:db8:0:{number:x}::1")).count(404)
            for number in range(6)
        ]
        other_networks = [
            (await statuses(client, PUBLIC, 3, ip=f"2001:db8:0:{number << 8:x}::1")).count(404)
            for number in range(1, 16)
        ]

        assert admitted == [3, 3, 3, 3, 0, 0]  # a /56 has four times the quota
        assert sum(other_networks) == 48 - 12  # and a /48 has 16 times
        assert await statuses(client, PUBLIC, 1, ip="2001:db8:1::1") == [404]

    @pytest.mark.parametrize(
        "path",
        [
            *("register", "login", "token", "refresh", "password/forgot"),
            *("password/reset", "email/verify"),
        ],
    )
    async def test_is_charged_for_invalid_requests_to_sign_in(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        sent = {"X-Forwarded-For": "192.0.2.1", "Content-Type": "application/json"}
        answers = [
            await client.post(f"/api/v1/auth/{path}", content=b"{", headers=sent) for _ in range(4)
        ]

        assert {answer.status_code for answer in answers[:3]} <= {400, 401}
        assert answers[3].status_code == 429
        assert answers[3].json()["code"] == "RATE_LIMITED"

    async def test_is_charged_for_refreshes_by_form(self, client: httpx.AsyncClient) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "wrong"}
        answers = [
            await client.post(
                "/api/v1/auth/token", data=form, headers={"X-Forwarded-For": "192.0.2.1"}
            )
            for _ in range(4)
        ]

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]

    async def test_is_not_limited_on_the_probes_of_load_balancers(
        self, client: httpx.AsyncClient
    ) -> None:
        await statuses(client, PUBLIC, 3)

        assert await statuses(client, "/health/live", 9) == [200] * 9
        assert await statuses(client, "/health/ready", 9) == [200] * 9

    async def test_has_a_separate_limit_for_health(self, client: httpx.AsyncClient) -> None:
        await statuses(client, PUBLIC, 3)

        assert await statuses(client, "/health", 4) == [200] * 3 + [429]

    @pytest.mark.parametrize("path", ["/health/", "/health/nothing", "/health/live/x", "/healthy"])
    async def test_is_charged_for_paths_that_are_no_probe(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        assert await statuses(client, path, 4) == [404] * 3 + [429]

    async def test_is_charged_for_methods_that_no_probe_sends(
        self, client: httpx.AsyncClient
    ) -> None:
        sent = {"X-Forwarded-For": "192.0.2.1"}
        answers = [await client.post("/health/live", headers=sent) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [405, 405, 405, 429]


class TestUser:
    async def test_has_one_limit_for_all_addresses(self, client: httpx.AsyncClient) -> None:
        ada, bob = await sign_up(client), await sign_up(client)  # two of the address's three

        here = await statuses(client, ME, 4, ip="192.0.2.3", **ada.headers)
        there = await statuses(client, ME, 2, ip="192.0.2.4", **ada.headers)

        assert here + there == [200] * 5 + [429]
        assert await statuses(client, ME, 1, ip="192.0.2.3", **bob.headers) == [200]
        assert await statuses(client, PUBLIC, 1, ip="192.0.2.3") == [404]


async def test_the_limits_are_the_documented_ones(
    build_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        ada = user_without_account(app)
        monkeypatch.setattr("BE.core.redis.memory_counters.monotonic", lambda: 0.0)  # no refill
        without_token = await count_until_refused(client)
        as_ada = await count_until_refused(client, **ada.headers)

    assert (without_token, as_ada) == (300, 1200)


@pytest.mark.parametrize("path", [PUBLIC, "/health"])
async def test_refusals_above_a_rate_are_delayed(build_app: AppFactory, path: str) -> None:
    def prepare(container: Container) -> None:
        container.rate_limits.override(RateLimits(None, per_address=1, per_user=9, window=WINDOW))
        held = 3600, 3600
        container.admission.override(Admission(at_once=9, refused_at_once=0, held=held))

    async with build_app(prepare, rate_limit_enabled=True) as app, client_of(app) as client:
        assert await statuses(client, path, 1) != [429]
        held = asyncio.create_task(client.get(path))
        ada = user_without_account(app)
        assert await statuses(client, ME, 3, **ada.headers) == [404] * 3
        assert not held.done()
        held.cancel()
        await asyncio.wait([held])


async def test_limits_can_be_turned_off(build_limited: Any) -> None:
    async with build_limited(rate_limit_enabled=False) as app, client_of(app) as client:
        assert set(await statuses(client, PUBLIC, 9)) == {404}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    redis = Redis(tmp_path)
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lengthen the timeouts, so that a busy machine does not fail the test."""
    monkeypatch.setattr("BE.core.redis.redis_or_memory.TIMEOUT", 60)
    monkeypatch.setattr("BE.core.redis.in_redis.TIMEOUT", 60)


async def health(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/health")
    assert answer.status_code == 200
    checks: dict[str, Any] = answer.json()["checks"]
    assert checks["rate_limiter"] == checks["cache"]
    return dict(checks["cache"])


async def wait_until_back(client: httpx.AsyncClient) -> None:
    async def is_back() -> bool:
        return bool((await health(client))["status"] == "healthy")

    await eventually(is_back)


@needs_redis
@pytest.mark.usefixtures("patience")
class TestOnRedis:
    async def test_processes_share_the_count(self, build_limited: Any, redis: Redis) -> None:
        async with (
            build_limited(redis.url) as one,
            build_limited(redis.url) as other,
            client_of(one) as here,
            client_of(other) as there,
        ):
            first = await statuses(here, PUBLIC, 2)
            second = await statuses(there, PUBLIC, 2)

            assert await health(here) == {"status": "healthy", "backend": "redis"}
        assert first + second == [404, 404, 404, 429]

    async def test_processes_share_the_count_of_changed_rows(self, redis: Redis) -> None:
        ada, bob = uuid4(), uuid4()
        here, there = (
            RateLimits(redis.url, per_address=1, per_user=1, rows_per_user=100, window=WINDOW)
            for _ in range(2)
        )
        async with here.open(), there.open():
            await here.draw_for_rows(ada, 60)
            with pytest.raises(TooManyChanges):
                await there.draw_for_rows(ada, 60)
            await there.draw_for_rows(bob, 60)

            assert (await there.check())["backend"] == "redis"

    async def test_processes_share_the_count_of_an_owner_s_keys(self, redis: Redis) -> None:
        here, there = (
            RateLimits(redis.url, per_address=1, per_user=500, window=WINDOW) for _ in range(2)
        )
        ada, sent = uuid4(), 0
        async with here.open(), there.open():
            with pytest.raises(RateLimitedError):
                while True:
                    await (here if sent % 2 else there).draw_for_api_key(uuid4(), ada)
                    sent += 1

        assert 490 < sent <= 500  # a process reserves five in advance

    async def test_a_killed_redis_is_replaced_by_memory_until_it_is_back(
        self, build_limited: Any, redis: Redis
    ) -> None:
        async with build_limited(redis.url) as app, client_of(app) as client:
            before = await statuses(client, PUBLIC, 4)
            redis.kill()
            without = await statuses(client, PUBLIC, 4)
            degraded = await health(client)
            redis.start()
            await wait_until_back(client)
            after = await statuses(client, PUBLIC, 4)

        assert degraded == {"status": "degraded", "backend": "memory"}
        assert before == without == after == [404] * 3 + [429]

    async def test_a_frozen_redis_delays_one_request_only(
        self, build_limited: Any, redis: Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        delayed = 0
        record_loss = RedisOrMemory._lost

        def counting_lost(self: Any, error: Exception) -> None:
            nonlocal delayed
            delayed += 1
            record_loss(self, error)

        async with build_limited(redis.url) as app, client_of(app) as client:
            await statuses(client, PUBLIC, 1)
            redis.freeze()
            with monkeypatch.context() as short_timeouts:
                short_timeouts.setattr("BE.core.redis.redis_or_memory.TIMEOUT", 0.1)
                short_timeouts.setattr("BE.core.redis.redis_or_memory._PAUSE", 3600)
                short_timeouts.setattr(RedisOrMemory, "_lost", counting_lost)
                without = [
                    (await statuses(client, PUBLIC, 1, ip=f"192.0.2.{number}"))[0]
                    for number in range(40)
                ]
                delayed_requests, degraded = delayed, await health(client)
            redis.thaw()
            await wait_until_back(client)

        assert without == [404] * 40
        assert delayed_requests == 1
        assert degraded["status"] == "degraded"

    async def test_a_process_starts_without_redis(self, build_limited: Any, redis: Redis) -> None:
        redis.kill()
        async with build_limited(redis.url) as app, client_of(app) as client:
            without = await statuses(client, PUBLIC, 4)
            redis.start()
            await wait_until_back(client)

        assert without == [404] * 3 + [429]


@pytest.mark.usefixtures("patience")
class TestCache:
    @pytest.fixture(params=["memory", pytest.param("redis", marks=needs_redis)])
    async def cache(self, request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
        url = None if request.param == "memory" else request.getfixturevalue("redis").url
        cache = Cache(url, Metrics())
        async with cache.open():
            yield cache
            assert await cache.check() == {"status": "healthy", "backend": request.param}

    @pytest.mark.parametrize(
        "value", [{"total": 3, "name": "é:1"}, [1, None], "12", "", 13, 1.5, True, False], ids=repr
    )
    async def test_returns_the_stored_value(self, cache: Cache, value: Any) -> None:
        await cache.set("a", value, ttl=timedelta(minutes=1))

        assert await cache.get("a") == value

    async def test_expires_values(self, cache: Cache) -> None:
        await cache.set("short", 1, ttl=timedelta(milliseconds=20))

        async def has_expired() -> bool:
            return await cache.get("short") is None

        await eventually(has_expired)
        assert await cache.get("never") is None

    @needs_redis
    async def test_works_without_redis(self, redis: Redis) -> None:
        cache = Cache(redis.url, Metrics())
        async with cache.open():
            await cache.set("a", 1, ttl=timedelta(minutes=1))
            redis.kill()

            assert await cache.get("a") is None
            await cache.set("a", 2, ttl=timedelta(minutes=1))
            assert await cache.get("a") == 2
