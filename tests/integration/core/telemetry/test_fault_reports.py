"""Sentry receives each unexpected error with its route, and no data of users."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

import pytest
from dependency_injector import providers

from BE.core.events import Delivery
from BE.core.exceptions import PermanentFailure, UnavailableError
from BE.core.telemetry.logging import configure_logging
from BE.core.types import new_id
from BE.modules.auth.events import PasswordChanged
from config import VERSION
from container import Container
from tests.support.application import AppFactory
from tests.support.client import client_of, sign_up
from tests.support.events import eventually
from tests.support.sentry import FakeSentry, fake_sentry
from tests.support.specimen.service import SpecimenService


class AlwaysFails(PermanentFailure):
    pass


@pytest.fixture
def sentry() -> Iterator[FakeSentry]:
    with fake_sentry() as sentry:
        yield sentry


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    """Building an application configures the logging of the process."""
    yield
    configure_logging(style="json", level="WARNING")


async def test_a_500_is_reported_with_route_and_request_and_without_data_of_users(
    build_app: AppFactory, own_dsn: str, sentry: FakeSentry
) -> None:
    secret = "what-a-user-typed"

    def prepare(container: Container) -> None:
        class BrokenService(SpecimenService):
            async def page(self, *_: Any, **__: Any) -> Any:
                typed = secret
                raise ValueError(f"{typed} is wrong") from KeyError(typed)

        container.specimen_service.override(providers.Object(BrokenService(*[cast(Any, None)] * 4)))

    async with (
        build_app(prepare, database_url=own_dsn, sentry_dsn=sentry.dsn) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)
        headers = ada.headers | {"X-Request-ID": "req-500"}
        answer = await client.get("/api/v1/specimens?limit=7", headers=headers)

    assert answer.status_code == 500
    [report] = sentry.reports
    assert report["transaction"] == report["tags"]["route"] == "GET /api/v1/specimens"
    assert report["tags"]["request_id"] == "req-500"
    assert (report["release"], report["environment"]) == (VERSION, "test")
    assert report["logger"] == "unexpected_error"
    errors = report["exception"]["values"]
    assert [error["type"] for error in errors] == ["KeyError", "ValueError"]
    assert errors[-1]["stacktrace"]["frames"][-1]["function"] == "page"
    sent = "".join(sentry.envelopes)
    for private in (f"{secret} is", ada.email, str(ada.id), ada.headers["Authorization"], "=7"):
        assert private not in sent
    assert sent.count(secret) == 0


async def test_errors_of_callers_and_outages_are_not_reported(
    build_app: AppFactory, own_dsn: str, sentry: FakeSentry
) -> None:
    def prepare(container: Container) -> None:
        class UnavailableService(SpecimenService):
            async def page(self, *_: Any, **__: Any) -> Any:
                raise UnavailableError

        container.specimen_service.override(
            providers.Object(UnavailableService(*[cast(Any, None)] * 4))
        )

    async with (
        build_app(prepare, database_url=own_dsn, sentry_dsn=sentry.dsn) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)
        statuses = [
            (await client.get("/api/v1/specimens")).status_code,
            (await client.get("/nowhere")).status_code,
            (await client.get("/api/v1/specimens", headers=ada.headers)).status_code,
        ]

    assert statuses == [401, 404, 503]
    assert not sentry.envelopes


async def test_a_delivery_is_reported_once_it_is_dead(
    build_app: AppFactory, own_dsn: str, sentry: FakeSentry
) -> None:
    failures: dict[str, Exception] = {"passing": ValueError("passing"), "dead": AlwaysFails("dead")}

    def prepare(container: Container) -> None:
        def handler(name: str) -> Callable[[PasswordChanged], Awaitable[None]]:
            async def fail(_: PasswordChanged) -> None:
                raise failures[name]

            return fail

        for name in failures:
            container.events().subscribe(
                PasswordChanged, handler(name), Delivery.DURABLE, name=f"test.{name}"
            )

    async with build_app(prepare, database_url=own_dsn, sentry_dsn=sentry.dsn) as app:
        container = app.state.container
        async with container.database().transaction():
            await container.events().publish(PasswordChanged(user_id=new_id(), by_link=False))

        async def both_failed() -> bool:
            rows = await container.database().fetch(
                "SELECT state FROM events.delivery"
                " WHERE handler LIKE 'test.%' AND last_error IS NOT NULL"
            )
            return len(rows) == 2

        await eventually(both_failed)

    [report] = sentry.reports
    assert report["tags"]["handler"] == report["transaction"] == "test.dead"
    assert report["tags"]["event_name"] == "user.password_changed"


async def test_an_unreachable_sentry_does_not_delay_requests(
    build_app: AppFactory, own_dsn: str
) -> None:
    def prepare(container: Container) -> None:
        class BrokenService(SpecimenService):
            async def page(self, *_: Any, **__: Any) -> Any:
                raise ValueError

        container.specimen_service.override(providers.Object(BrokenService(*[cast(Any, None)] * 4)))

    unreachable = "http://public@127.0.0.1:1/1"
    async with (
        build_app(prepare, database_url=own_dsn, sentry_dsn=unreachable) as app,
        client_of(app) as client,
    ):
        ada = await sign_up(client)
        for _ in range(3):
            answer = await client.get("/api/v1/specimens", headers=ada.headers)

    assert answer.status_code == 500
