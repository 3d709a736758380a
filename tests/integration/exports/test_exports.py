"""Requesting an export of one's own data, and downloading it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, delete_account, sign_up
from tests.support.events import eventually, pass_an_hour
from tests.support.exports.api import EXPORT, EXPORTS, download, request
from tests.support.mailbox import mails_to, text_of
from tests.support.postgres import execute


async def rows_of(database: Database, export_id: str) -> tuple[int, int]:
    """How many exports and pieces of this id are stored."""
    row = await database.fetchrow(
        """
        SELECT (SELECT count(*) FROM exports.export WHERE id = $1),
            (SELECT count(*) FROM exports.piece WHERE export_id = $1)
        """,
        UUID(export_id),
    )
    return row[0], row[1]


async def age(database: Database, export_id: str) -> None:
    """Let a day pass for one export."""
    for table in ("exports.export", "jobs.job"):
        await database.execute(
            f"""
            UPDATE {table}
            SET expires_at = now(), created_at = created_at - interval '1 day'
            WHERE id = $1
            """,
            UUID(export_id),
        )


class TestRequest:
    async def test_is_a_job_that_makes_a_file(self, client: httpx.AsyncClient, ada: Person) -> None:
        job = await request(client, ada)
        answer = await download(client, ada, job["id"])
        [listed] = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]

        assert (job["kind"], job["result"], job["error"], job["ended_at"]) == (
            "export",
            None,
            None,
            None,
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-disposition"].startswith('attachment; filename="my-data-20')
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert listed["state"] == "done"
        assert listed["progress"] == 1
        assert listed["result"]["size"] == len(answer.content)
        assert listed["started_at"] <= listed["ended_at"] < listed["result"]["expires_at"]

    async def test_during_another_returns_the_same_job(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        jobs = await asyncio.gather(*(request(client, ada) for _ in range(10)))
        others = await request(client, bob)
        listed = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]

        # an export that ends in between lets another one begin
        assert {job["id"] for job in jobs} == {job["id"] for job in listed}
        assert others["id"] not in {job["id"] for job in jobs}
        assert sum(job["state"] in {"queued", "running"} for job in listed) <= 1

    async def test_the_sixth_of_a_day_is_refused(self, build_app: AppFactory) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada = await sign_up(client)
            for _ in range(5):
                await download(client, ada, (await request(client, ada))["id"])
            refused = await client.post(EXPORT, headers=ada.headers)
            listed = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]
            await age(app.state.container.database(), listed[-1]["id"])

            assert refused.status_code == 429
            assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
            assert len(listed) == 5
            assert (await client.post(EXPORT, headers=ada.headers)).status_code == 202

    @pytest.mark.parametrize("how", ["failed", "cancelled"])
    async def test_counts_against_the_limit_however_it_ended(
        self, build_app: AppFactory, own_dsn: str, how: str
    ) -> None:
        async with (
            build_app(database_url=own_dsn, rate_limit_enabled=True, run_jobs=False) as app,
            client_of(app) as client,
        ):
            ada, database = await sign_up(client), app.state.container.database()
            for _ in range(5):
                job = await request(client, ada)
                if how == "cancelled":
                    await client.delete(f"/api/v1/jobs/{job['id']}", headers=ada.headers)
                else:
                    await database.execute(
                        """
                        UPDATE jobs.job SET state = 'failed', ended_at = now()
                        WHERE state = 'queued'
                        """
                    )
            at_once = await client.post(EXPORT, headers=ada.headers)
            await database.execute("UPDATE jobs.job SET created_at = created_at - interval '1 day'")
            after_a_day = await client.post(EXPORT, headers=ada.headers)

        assert (at_once.status_code, after_a_day.status_code) == (429, 202)


class TestFile:
    async def test_of_another_user_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        job = await request(client, ada)
        at_once = await client.get(f"{EXPORTS}/{job['id']}", headers=bob.headers)
        await download(client, ada, job["id"])
        later = await client.get(f"{EXPORTS}/{job['id']}", headers=bob.headers)
        unknown = await client.get(f"{EXPORTS}/{uuid4()}", headers=bob.headers)

        assert [at_once.status_code, later.status_code, unknown.status_code] == [404] * 3

    async def test_is_deleted_after_a_day(
        self, app: FastAPI, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        old = (await request(client, ada))["id"]
        await download(client, ada, old)
        new = (await request(client, ada))["id"]
        await download(client, ada, new)
        assert await rows_of(database, old) == (1, 1)

        await age(database, old)
        answer = await client.get(f"{EXPORTS}/{old}", headers=ada.headers)
        listed = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]
        await pass_an_hour(app)

        assert answer.status_code == 404
        assert [job["id"] for job in listed] == [new]

        async def is_removed() -> bool:
            return await rows_of(database, old) == (0, 0)

        await eventually(is_removed)
        assert await rows_of(database, new) == (1, 1)

    async def test_is_deleted_with_its_user(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
    ) -> None:
        of_ada, of_bob = (await request(client, ada))["id"], (await request(client, bob))["id"]
        await download(client, ada, of_ada)
        await download(client, bob, of_bob)

        assert (await delete_account(client, ada)).status_code == 204
        assert await rows_of(database, of_ada) == (0, 0)
        assert await rows_of(database, of_bob) == (1, 1)

    async def test_is_refused_to_a_deactivated_user(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        job = await request(client, ada)
        await download(client, ada, job["id"])
        change = await client.patch(
            f"/api/v1/users/{ada.id}", json={"is_active": False}, headers=root.headers
        )

        async def is_refused() -> bool:
            answer = await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)
            return answer.status_code == 401

        assert change.status_code == 200
        await eventually(is_refused)

    async def test_needs_a_signed_in_user(self, client: httpx.AsyncClient) -> None:
        answers = [await client.post(EXPORT), await client.get(f"{EXPORTS}/{uuid4()}")]

        assert [answer.status_code for answer in answers] == [401, 401]


class TestTraces:
    @pytest.fixture
    async def app(
        self, build_app: AppFactory, own_dsn: str, tmp_path: Path
    ) -> AsyncIterator[FastAPI]:
        async with build_app(
            database_url=own_dsn, data_dir=tmp_path, public_url="https://app.example"
        ) as app:
            yield app

    async def test_a_mail_announces_the_file_and_links_to_the_page(
        self, client: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        ada = await sign_up(client)
        await download(client, ada, (await request(client, ada))["id"])

        async def is_sent() -> bool:
            mails = mails_to(ada.email, tmp_path / "mail")
            return "Your data are ready" in [mail["Subject"] for mail in mails]

        await eventually(is_sent)
        [mail] = [
            mail
            for mail in mails_to(ada.email, tmp_path / "mail")
            if mail["Subject"] == "Your data are ready"
        ]
        assert "https://app.example/settings/profile\n" in text_of(mail)
        assert "token" not in text_of(mail)

    async def test_the_trail_records_the_request_and_the_download(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        ada = await sign_up(client)
        job = await request(client, ada)
        await download(client, ada, job["id"])

        async def are_recorded() -> bool:
            rows = await database.fetch(
                "SELECT event_name, actor_id FROM audit.entry WHERE subject_id = $1", job["id"]
            )
            return {tuple(row) for row in rows} == {
                (f"export.{what}", UUID(ada.id))
                for what in ("requested", "completed", "downloaded")
            }

        await eventually(are_recorded)


async def test_an_incomplete_file_is_not_sent(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    job = await request(client, ada)
    await download(client, ada, job["id"])
    await execute(dsn, f"DELETE FROM exports.piece WHERE export_id = '{job['id']}'")

    answer = await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)

    assert answer.status_code == 404
