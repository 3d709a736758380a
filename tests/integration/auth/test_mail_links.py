"""Mails to users, and what the links in them do."""

import asyncio
import stat
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from BE.core.database.database import Database
from BE.core.security.link_tokens import link_digest
from config import Settings
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.mailbox import Mailbox, text_of, token_of

NEW = "an entirely new passphrase"
UNKNOWN = "A" * 43


@pytest.fixture
def mail_dir(base_settings: Settings) -> Path:
    return base_settings.mail_dir


@pytest.fixture
def inbox(mail_dir: Path, ada: Person) -> Mailbox:
    return Mailbox(mail_dir, ada.email)


async def request_reset(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post("/api/v1/auth/password/forgot", json={"email": email})


async def reset(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "new_password": password}
    return await client.post("/api/v1/auth/password/reset", json=body)


async def verify(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/v1/auth/email/verify", json={"token": token})


async def log_in(client: httpx.AsyncClient, person: Person, password: str) -> int:
    body = {"email": person.email, "password": password}
    return (await client.post("/api/v1/auth/login", json=body)).status_code


async def is_verified(client: httpx.AsyncClient, person: Person) -> bool:
    answer = await client.get("/api/v1/auth/me", headers=person.headers)
    verified: bool = answer.json()["email_verified"]
    return verified


class TestVerifyEmail:
    async def test_the_link_sent_on_registration_verifies_the_email(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        before = await is_verified(client, ada)

        answer = await verify(client, await inbox.next_token())

        assert answer.status_code == 204
        assert answer.headers["cache-control"] == "no-store"
        assert (before, await is_verified(client, ada)) == (False, True)

    async def test_a_link_still_works_after_a_mail_scanner_submitted_it(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        token = await inbox.next_token()

        at_once = await asyncio.gather(*(verify(client, token) for _ in range(3)))
        again = await verify(client, token)

        assert [answer.status_code for answer in (*at_once, again)] == [204] * 4
        assert await is_verified(client, ada)

    async def test_opening_a_link_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        token = await inbox.next_token()

        await client.get("/api/v1/auth/email/verify", params={"token": token})

        assert not await is_verified(client, ada)

    async def test_a_new_link_ends_the_earlier_one(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        first = await inbox.next_token()

        answer = await client.post("/api/v1/auth/email/resend", headers=ada.headers)
        second = await inbox.next_token()

        assert answer.status_code == 202
        assert (await verify(client, first)).status_code == 401
        assert (await verify(client, second)).status_code == 204

    async def test_a_new_link_needs_a_signed_in_user(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/api/v1/auth/email/resend")).status_code == 401

    async def test_an_expired_link_verifies_nothing(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, database: Database
    ) -> None:
        token = await inbox.next_token()
        await database.execute("UPDATE auth.one_time_token SET expires_at = now()")

        assert (await verify(client, token)).status_code == 401
        assert not await is_verified(client, ada)

    @pytest.mark.parametrize("token", [UNKNOWN, "", "x", "é", "../../etc"])
    async def test_an_unknown_link_verifies_nothing(
        self, client: httpx.AsyncClient, token: str
    ) -> None:
        answer = await verify(client, token)

        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize("token", ["a\x00b", "x" * 257, None, 7])
    async def test_an_invalid_token_is_refused(
        self, client: httpx.AsyncClient, token: str | int | None
    ) -> None:
        answer = await client.post("/api/v1/auth/email/verify", json={"token": token})

        assert answer.status_code == 422


class TestForgotPassword:
    async def test_the_answer_is_the_same_for_an_unknown_email(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        known, unknown = (
            await request_reset(client, ada.email),
            await request_reset(client, "nobody@example.com"),
        )

        assert (known.status_code, known.json()) == (202, unknown.json())
        assert unknown.status_code == 202

    async def test_nothing_is_sent_to_an_unknown_email(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, mail_dir: Path
    ) -> None:
        unknown = f"{uuid4().hex}@example.com"
        await inbox.next()
        await request_reset(client, unknown)
        await request_reset(client, ada.email)
        await inbox.next()  # every earlier mail has been sent by now

        assert Mailbox(mail_dir, unknown).mails() == []

    async def test_the_link_sets_a_password_and_ends_every_session(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email.upper())

        answer = await reset(client, await inbox.next_token())

        assert answer.status_code == 204
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 401
        assert (await client.post("/api/v1/auth/refresh")).status_code == 401
        assert await log_in(client, ada, PASSWORD) == 401
        assert await log_in(client, ada, NEW) == 200

    async def test_a_reset_by_mail_verifies_the_email(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        first = await inbox.next_token()
        await request_reset(client, ada.email)
        await reset(client, await inbox.next_token())

        login = await client.post("/api/v1/auth/login", json={"email": ada.email, "password": NEW})

        assert login.json()["user"]["email_verified"]
        assert (await verify(client, first)).status_code == 204

    async def test_one_of_many_concurrent_uses_of_a_link_sets_the_password(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()
        passwords = [f"{NEW} {number}" for number in range(8)]

        answers = await asyncio.gather(*(reset(client, token, password) for password in passwords))

        assert sorted(answer.status_code for answer in answers) == [204] + [401] * 7
        winner = next(
            password
            for password, answer in zip(passwords, answers, strict=True)
            if answer.is_success
        )
        assert await log_in(client, ada, winner) == 200

    async def test_a_weak_password_is_refused_and_the_link_stays_valid(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()

        weak = await reset(client, token, "too short")
        strong = await reset(client, token)

        assert (weak.status_code, weak.json()["code"]) == (422, "WEAK_PASSWORD")
        assert weak.json()["details"][0]["field"] == "body.new_password"
        assert strong.status_code == 204

    async def test_a_second_request_ends_the_first_link(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        first = await inbox.next_token()
        await request_reset(client, ada.email)
        second = await inbox.next_token()

        assert (await reset(client, first)).status_code == 401
        assert (await reset(client, second)).status_code == 204

    async def test_an_expired_link_resets_nothing(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, database: Database
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()
        await database.execute("UPDATE auth.one_time_token SET expires_at = now()")

        assert (await reset(client, token)).status_code == 401
        assert await log_in(client, ada, PASSWORD) == 200

    async def test_a_link_to_verify_resets_nothing(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        token = await inbox.next_token()

        assert (await reset(client, token)).status_code == 401
        assert (await verify(client, token)).status_code == 204

    async def test_a_deactivated_account_cannot_be_reset(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, database: Database
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()
        await database.execute("UPDATE auth.account SET is_active = false")

        assert (await reset(client, token)).status_code == 401

    @pytest.mark.parametrize("ends", ["password/change", "logout-all", "role", "is_active"])
    async def test_ending_all_sessions_ends_the_link(
        self, client: httpx.AsyncClient, ada: Person, root: Person, inbox: Mailbox, ends: str
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()
        change: dict[str, object] = {"role": "admin"} if ends == "role" else {"is_active": False}
        passwords = {"current_password": PASSWORD, "new_password": f"{NEW} of hers"}

        if ends in {"role", "is_active"}:
            await client.patch(f"/api/v1/users/{ada.id}", json=change, headers=root.headers)
            back = {"role": "user", "is_active": True}
            await client.patch(f"/api/v1/users/{ada.id}", json=back, headers=root.headers)
        else:
            body = passwords if ends == "password/change" else None
            answer = await client.post(f"/api/v1/auth/{ends}", json=body, headers=ada.headers)
            assert answer.status_code == 204

        assert (await reset(client, token)).status_code == 401
        assert await log_in(client, ada, NEW) == 401

    async def test_using_and_ending_a_link_at_once_does_not_deadlock(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()
        passwords = {"current_password": PASSWORD, "new_password": f"{NEW} of hers"}

        answers = await asyncio.gather(
            reset(client, token),
            client.post("/api/v1/auth/password/change", json=passwords, headers=ada.headers),
            client.post("/api/v1/auth/logout-all", headers=ada.headers),
        )

        assert all(answer.status_code < 500 for answer in answers)
        assert (await reset(client, token)).status_code == 401

    async def test_ending_one_session_keeps_the_link(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await request_reset(client, ada.email)
        token = await inbox.next_token()

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        assert (await reset(client, token)).status_code == 204

    async def test_requests_are_limited_by_address_for_unknown_emails_too(
        self, build_app: AppFactory, database: Database
    ) -> None:
        await database.execute("DELETE FROM auth.throttle")
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            answers = [await request_reset(client, f"{n}@example.com") for n in range(21)]

        assert [answer.status_code for answer in answers] == [202] * 20 + [429]
        assert int(answers[-1].headers["retry-after"]) > 0

    async def test_only_a_digest_of_the_token_is_stored(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, database: Database
    ) -> None:
        token = await inbox.next_token()

        stored = await database.fetchval("SELECT digest FROM auth.one_time_token")

        assert stored == link_digest(token)


class TestMails:
    async def test_have_text_and_html_with_a_link_to_the_front_end(
        self, build_app: AppFactory, own_dsn: str, tmp_path: Path
    ) -> None:
        settings = {"public_url": "https://app.example.com", "data_dir": tmp_path}
        async with (
            build_app(database_url=own_dsn, **settings) as app,
            client_of(app) as client,
        ):
            ada = await sign_up(client, full_name="<b>Visit evil.example</b>")
            mail = await Mailbox(tmp_path / "mail", ada.email).next()

        link = f"https://app.example.com/verify-email?token={token_of(mail)}"
        assert link in text_of(mail).splitlines()
        assert f'<a href="{link}">' in text_of(mail, "html")
        assert "evil" not in mail.as_string()
        assert mail["From"] == "Bounded <bounded@localhost>"
        assert mail["Message-ID"]
        assert mail["Date"]

    async def test_are_unreadable_for_other_users_of_the_machine(
        self, build_app: AppFactory, own_dsn: str, tmp_path: Path
    ) -> None:
        settings = {"database_url": own_dsn, "data_dir": tmp_path}
        async with build_app(**settings) as app, client_of(app) as client:
            ada = await sign_up(client)
            await Mailbox(tmp_path / "mail", ada.email).next()

        for path in (tmp_path / "mail", *(tmp_path / "mail").iterdir()):
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)

    async def test_a_changed_password_is_reported(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox
    ) -> None:
        await inbox.next()
        await client.post(
            "/api/v1/auth/password/change",
            json={"current_password": PASSWORD, "new_password": NEW},
            headers=ada.headers,
        )

        assert (await inbox.next())["Subject"] == "Your password was changed"

    async def test_a_reused_refresh_token_is_reported(
        self, client: httpx.AsyncClient, ada: Person, inbox: Mailbox, database: Database
    ) -> None:
        await inbox.next()
        first = dict(client.cookies)
        await client.post("/api/v1/auth/refresh")
        await database.execute("UPDATE auth.session SET rotated_at = now() - interval '1 hour'")
        client.cookies.clear()
        client.cookies.update(first)

        replay = await client.post("/api/v1/auth/refresh", headers={"User-Agent": "thief"})

        assert replay.json()["code"] == "REFRESH_TOKEN_REUSED"
        assert (await inbox.next())["Subject"] == "You were signed out for safety"
