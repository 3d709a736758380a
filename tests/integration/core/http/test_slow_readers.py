import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from BE.core.exceptions import UnavailableError
from BE.core.http import connection as connections
from BE.core.http.streaming import Streams
from container import Container
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, user_without_account
from tests.support.events import eventually
from tests.support.slow_readers import (
    END_OF_CHUNKS,
    ImpatientProtocol,
    client,
    cut_off,
    logged_lines,
    reader,
    running_streams,
    served,
    until_logged,
    until_streams_end,
)
from tests.support.specimen.api import SPECIMENS

EXPORT = f"{SPECIMENS}/export"
COUNT = 600


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    with logged_lines() as lines:
        yield lines


async def fill(app: FastAPI, owner: Person) -> None:
    """Add six megabytes of specimens: more than all buffers on the way hold."""
    await app.state.container.database().execute(
        """
        INSERT INTO specimens.specimen (id, owner_id, collection, title, description, kind, tags)
        SELECT gen_random_uuid(), $1, 'main', 'Fern', repeat('x', 10000), 'plant', '{}'
        FROM generate_series(1, $2)
        """,
        UUID(owner.id),
        COUNT,
    )


class TestBackPressure:
    async def test_rows_are_read_only_as_fast_as_the_client_reads(
        self, build_app: AppFactory, lines: list[dict[str, Any]]
    ) -> None:
        async with build_app() as app, served(app, protocol=ImpatientProtocol) as server:
            ada = user_without_account(app)
            await fill(app, ada)
            repository = app.state.container.specimen_repository()
            page, batches = repository.page, 0

            async def counting_page(*arguments: Any, **options: Any) -> Any:
                nonlocal batches
                batches += 1
                return await page(*arguments, **options)

            repository.page = counting_page
            async with reader(server, ada, EXPORT):
                await until_logged(lines)

        assert 1 <= batches <= 4
        assert cut_off(lines, EXPORT)["bytes"] < 1_000_000

    async def test_no_database_connection_is_held_while_the_client_pauses(
        self, build_app: AppFactory
    ) -> None:
        async with (
            build_app(db_pool_size=1, db_max_overflow=0) as app,
            served(app) as server,
            client_of(app) as other_client,
        ):
            ada = user_without_account(app)
            await fill(app, ada)
            async with reader(server, ada, EXPORT), reader(server, ada, EXPORT):
                answer = await other_client.get(SPECIMENS, headers=ada.headers)

        assert answer.status_code == 200

    async def test_a_reader_that_pauses_gets_the_whole_export(self, build_app: AppFactory) -> None:
        async with (
            build_app() as app,
            served(app) as server,
            client_of(app) as other_client,
        ):
            ada = user_without_account(app)
            await fill(app, ada)
            async with reader(server, ada, EXPORT) as slow:
                await other_client.get(SPECIMENS, headers=ada.headers)
                while not slow.received.endswith(END_OF_CHUNKS):
                    await slow.read()

        assert slow.received.count(b"Fern") == COUNT

    async def test_slow_readers_do_not_block_other_users(self, build_app: AppFactory) -> None:
        async with (
            build_app(max_requests_at_once=1) as app,
            served(app) as server,
        ):
            ada, bob = user_without_account(app), user_without_account(app)
            await fill(app, ada)
            async with (
                reader(server, ada, EXPORT),
                reader(server, ada, EXPORT),
                # the second answer waits until the client has read the first
                reader(server, ada, f"{SPECIMENS}?limit=100", times=2),
                client(server) as other_client,
            ):
                answers = [await other_client.get(SPECIMENS, headers=bob.headers) for _ in range(3)]

        assert {answer.status_code for answer in answers} == {200}


class TestConcurrentExports:
    async def test_a_user_may_run_two_exports(self, build_app: AppFactory) -> None:
        async with (
            build_app() as app,
            served(app) as server,
            client_of(app) as other_client,
        ):
            ada, bob = user_without_account(app), user_without_account(app)
            await fill(app, ada)
            async with reader(server, ada, EXPORT) as first, reader(server, ada, EXPORT):
                third = await other_client.get(EXPORT, headers=ada.headers)
                others = await other_client.get(EXPORT, headers=bob.headers)
                page = await other_client.get(SPECIMENS, headers=ada.headers)
                first.leave()

                async def is_served() -> bool:
                    answer = await other_client.get(EXPORT, headers=ada.headers)
                    return answer.status_code == 200

                await eventually(is_served)
            await until_streams_end(app)

        assert third.status_code == 429
        assert third.headers["retry-after"] == "1"
        assert others.status_code == page.status_code == 200

    async def test_a_process_has_a_limit_too(self, build_app: AppFactory) -> None:
        def prepare(container: Container) -> None:
            container.streams.override(Streams(per_user=2, at_once=1))

        async with (
            build_app(prepare) as app,
            served(app) as server,
            client_of(app) as other_client,
        ):
            ada, bob = user_without_account(app), user_without_account(app)
            await fill(app, ada)
            async with reader(server, ada, EXPORT):
                refused = await other_client.get(EXPORT, headers=bob.headers)
            await until_streams_end(app)
            served_now = await other_client.get(EXPORT, headers=bob.headers)

        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert served_now.status_code == 200

    async def test_a_refused_or_failed_export_holds_no_place(self, build_app: AppFactory) -> None:
        async with build_app() as app, client_of(app) as other_client:
            ada = user_without_account(app)
            repository = app.state.container.specimen_repository()
            page = repository.page

            async def failing_page(*_: Any, **__: Any) -> Any:
                raise UnavailableError

            repository.page = failing_page
            failed = [await other_client.get(EXPORT, headers=ada.headers) for _ in range(4)]
            repository.page = page
            answer = await other_client.get(EXPORT, headers=ada.headers)
            head = [await other_client.head(EXPORT, headers=ada.headers) for _ in range(4)]

        assert {response.status_code for response in failed} == {503}
        assert {response.status_code for response in (answer, *head)} == {200}
        assert running_streams(app) == 0


class TestCutOff:
    @pytest.fixture
    async def app(self, build_app: AppFactory) -> AsyncIterator[FastAPI]:
        async with build_app() as app:
            yield app

    @pytest.fixture
    async def ada(self, app: FastAPI) -> Person:
        person = user_without_account(app)
        await fill(app, person)
        return person

    @pytest.mark.parametrize("times", [1, 3])
    async def test_an_export_is_cut_off_when_the_client_does_not_read(
        self, app: FastAPI, ada: Person, times: int, lines: list[dict[str, Any]]
    ) -> None:
        async with served(app, protocol=ImpatientProtocol) as server:
            async with reader(server, ada, EXPORT, times=times) as slow:
                await until_logged(lines)
                await slow.read_all()
            await until_streams_end(app)

        line = cut_off(lines, EXPORT)
        assert line["reason"] == "not_taken"
        assert line["level"] == "warning"
        assert line["request_id"]
        assert line["duration_ms"] > 0
        assert not slow.received.endswith(END_OF_CHUNKS)

    async def test_an_export_is_cut_off_when_the_client_disconnects(
        self, app: FastAPI, ada: Person, lines: list[dict[str, Any]]
    ) -> None:
        async with served(app) as server:
            async with reader(server, ada, EXPORT):
                pass
            await until_logged(lines)
            await until_streams_end(app)

        assert (cut_off(lines, EXPORT)["reason"], lines[0]["level"]) == ("client_gone", "info")

    @pytest.mark.parametrize("times", [1, 3])
    async def test_an_export_is_cut_off_at_its_deadline(
        self, build_app: AppFactory, times: int, lines: list[dict[str, Any]]
    ) -> None:
        # the first chunks extend the deadline by some seconds
        async with (
            build_app(request_timeout_seconds=2) as app,
            served(app) as server,
        ):
            ada = user_without_account(app)
            await fill(app, ada)
            async with reader(server, ada, EXPORT, times=times) as slow:
                await until_logged(lines)
                await slow.read_all()
            await until_streams_end(app)

        assert cut_off(lines, EXPORT)["reason"] == "deadline"
        assert not slow.received.endswith(END_OF_CHUNKS)

    async def test_an_export_is_cut_off_after_a_fault(
        self, app: FastAPI, ada: Person, lines: list[dict[str, Any]]
    ) -> None:
        repository = app.state.container.specimen_repository()
        page, left = repository.page, 2

        async def failing_page(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise UnavailableError
            return await page(*arguments, **options)

        repository.page = failing_page
        async with served(app) as server, reader(server, ada, EXPORT) as slow:
            await slow.read_all()
            await until_streams_end(app)
            await until_logged(lines)

        line = cut_off(lines, EXPORT)
        assert line["reason"] == "fault"
        assert "UnavailableError" in line["cause"]
        assert not slow.received.endswith(END_OF_CHUNKS)

    async def test_an_export_is_cut_off_when_the_process_stops(
        self, app: FastAPI, ada: Person, lines: list[dict[str, Any]]
    ) -> None:
        async with served(app) as server, reader(server, ada, EXPORT) as slow:
            [task] = server.server_state.tasks
            task.cancel()  # as uvicorn does with requests that outlast the shutdown
            await until_logged(lines)
            await slow.read_all()

        assert cut_off(lines, EXPORT)["reason"] == "stopping"
        assert not slow.received.endswith(END_OF_CHUNKS)

    async def test_an_answer_that_is_not_streamed_is_logged_too(
        self, app: FastAPI, ada: Person, lines: list[dict[str, Any]]
    ) -> None:
        async with (
            served(app, protocol=ImpatientProtocol) as server,
            reader(server, ada, f"{SPECIMENS}?limit=100"),
        ):
            await until_logged(lines)

        [line] = lines
        assert (line["event"], line["reason"]) == ("response_cut_off", "not_taken")
        assert line["path"] == SPECIMENS

    async def test_an_answer_is_cut_off_when_the_process_buffers_too_much(
        self,
        app: FastAPI,
        ada: Person,
        lines: list[dict[str, Any]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        page = f"{SPECIMENS}?limit=100"
        async with served(app) as server:
            connected = server.server_state.connections
            async with reader(server, ada, page), reader(server, ada, page):
                assert len(connected) == 2
                [most, least] = sorted(
                    protocol.connection.unsent  # type: ignore[union-attr]
                    for protocol in connected
                )
                monkeypatch.setattr(connections, "MAX_UNSENT", max(most, least))
                await until_logged(lines)
                await asyncio.sleep(0)

                async def is_one_left() -> bool:
                    return len(connected) == 1

                await eventually(is_one_left)

        assert lines[0]["reason"] == "too_much_unsent"
        assert lines[0]["path"] == SPECIMENS
