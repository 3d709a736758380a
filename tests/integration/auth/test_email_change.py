"""A new email: requested, confirmed by its mailbox, cancelled and taken back by the earlier one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from BE.core.database.database import Database
from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.authenticator import Authenticator
from tests.support.auth.email_changes import (
    CANCEL,
    CHANGE,
    CONFIRM,
    cancel,
    confirm,
    email_of,
    pending_of,
    request_change,
    verify_email,
)
from tests.support.auth.passkeys import add_passkey, sign_in_with
from tests.support.auth.two_steps import first_step, turn_on
from tests.support.client import (
    PASSWORD,
    Person,
    client_of,
    delete_account,
    sign_in,
    sign_up,
)
from tests.support.contexts import needs
from tests.support.events import eventually
from tests.support.mailbox import Mailbox, text_of

type Inboxes = Callable[[str], Mailbox]

NEW = "ada@new.example"


@pytest.fixture
def inbox_of(base_settings: Settings) -> Inboxes:
    def open_inbox(address: str) -> Mailbox:
        inbox = Mailbox(base_settings.mail_dir, address)
        inbox.skip()
        return inbox

    return open_inbox


@pytest.fixture
def new(inbox_of: Inboxes) -> Mailbox:
    return inbox_of(NEW)


@pytest.fixture
async def old(base_settings: Settings, client: httpx.AsyncClient, ada: Person) -> Mailbox:
    """The earlier mailbox, which is verified."""
    inbox = Mailbox(base_settings.mail_dir, ada.email)
    await verify_email(client, inbox)
    return inbox


async def change(client: httpx.AsyncClient, person: Person, inbox: Mailbox, email: str) -> None:
    await request_change(client, person, email)
    answer = await confirm(client, await inbox.next_token(CONFIRM))
    assert answer.status_code == 204


async def until_all_mailed(database: Database) -> None:
    async def is_done() -> bool:
        waiting = """
            SELECT EXISTS (
                SELECT FROM events.delivery
                WHERE handler LIKE 'notifications.%' AND state = 'pending'
            )
        """
        return not await database.fetchval(waiting)

    await eventually(is_done)


class TestRequest:
    async def test_the_old_email_stays_until_the_new_one_confirms(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        requested = await request_change(client, ada, NEW)
        token = await new.next_token()

        assert (requested.status_code, await pending_of(client, ada)) == (202, NEW)
        assert await email_of(client, ada) == ada.email
        assert (await confirm(client, token)).status_code == 204
        assert (await email_of(client, ada), await pending_of(client, ada)) == (NEW, None)
        assert (await sign_in(client, NEW)).id == ada.id
        me = (await client.get("/api/v1/auth/me", headers=ada.headers)).json()
        assert me["email_verified"]

    async def test_a_taken_address_is_not_revealed(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, base_settings: Settings
    ) -> None:
        bobs = Mailbox(base_settings.mail_dir, bob.email)
        free = await request_change(client, ada, NEW)
        taken = await request_change(client, ada, bob.email.upper())
        mail = await bobs.about("This address has an account already")
        own = await request_change(client, ada, ada.email)

        assert [answer.status_code for answer in (free, taken, own)] == [202, 202, 202]
        assert free.json() == taken.json() == own.json()
        assert "token" not in text_of(mail)
        assert ada.email not in text_of(mail)

    async def test_a_request_for_the_current_address_withdraws_the_change(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()

        await request_change(client, ada, ada.email)

        assert await pending_of(client, ada) is None
        assert (await confirm(client, token)).status_code == 401

    async def test_another_spelling_of_the_current_address_needs_a_confirmation(
        self, client: httpx.AsyncClient, inbox_of: Inboxes
    ) -> None:
        person = await sign_up(client, email="ada.king@example.com")
        spelling = "Ada.King@example.com"

        await change(client, person, inbox_of(spelling), spelling)

        assert await email_of(client, person) == spelling

    async def test_a_newer_request_ends_the_earlier_one(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox, inbox_of: Inboxes
    ) -> None:
        newer = inbox_of("ada@newer.example")
        await request_change(client, ada, NEW)
        first, first_cancel = await new.next_token(), await old.next_token(CANCEL)
        await request_change(client, ada, "ada@newer.example")
        second = await newer.next_token()

        assert (await confirm(client, first)).status_code == 401
        assert (await cancel(client, first_cancel)).status_code == 401
        assert (await confirm(client, second)).status_code == 204
        assert await email_of(client, ada) == "ada@newer.example"

    @pytest.mark.parametrize("email", ["", "ada", "İvan@example.com", "a@b@example.com", None])
    async def test_an_invalid_address_is_refused(
        self, client: httpx.AsyncClient, ada: Person, email: str | None
    ) -> None:
        answer = await client.post(CHANGE, json={"email": email}, headers=ada.headers)

        assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "body.email")

    async def test_an_anonymous_caller_is_refused(self, client: httpx.AsyncClient) -> None:
        answers = [
            await client.post(CHANGE, json={"email": NEW}),
            await client.get(CHANGE),
            await client.delete(CHANGE),
        ]

        assert [answer.status_code for answer in answers] == [401, 401, 401]

    async def test_requests_are_limited_by_account_and_by_mailbox(
        self, build_app: AppFactory
    ) -> None:
        async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
            ada, bob = await sign_up(client), await sign_up(client)
            requested = [await request_change(client, ada, NEW) for _ in range(11)]
            of_another = await request_change(client, bob, NEW.upper())
            elsewhere = await request_change(client, bob, "bob@new.example")

        assert [answer.status_code for answer in requested] == [202] * 10 + [429]
        assert (of_another.status_code, elsewhere.status_code) == (429, 202)

    async def test_mails_name_no_other_address(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        to_new, to_old = await new.next(), await old.next()

        assert (to_new["Subject"], to_old["Subject"]) == (CONFIRM, CANCEL)
        for kind in ("plain", "html"):
            assert ada.email not in text_of(to_new, kind)
            assert NEW not in text_of(to_old, kind)
        assert "/confirm-email?token=" in text_of(to_new)
        assert "/cancel-email-change?token=" in text_of(to_old)
        assert to_new["Message-ID"] != to_old["Message-ID"]


class TestConfirm:
    async def test_other_sessions_end_and_the_requesting_one_stays(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        other = await sign_in(client, ada.email)
        await change(client, ada, new, NEW)
        answers = [
            await client.get("/api/v1/auth/me", headers=person.headers) for person in (ada, other)
        ]

        assert [answer.status_code for answer in answers] == [200, 401]

    async def test_links_that_were_mailed_earlier_end(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, base_settings: Settings
    ) -> None:
        inbox = Mailbox(base_settings.mail_dir, ada.email)
        verify = await inbox.next_token("Confirm your email address")
        await client.post("/api/v1/auth/password/forgot", json={"email": ada.email})
        reset = await inbox.next_token("Reset your password")
        await change(client, ada, new, NEW)

        verified = await client.post("/api/v1/auth/email/verify", json={"token": verify})
        body = {"token": reset, "new_password": "an entirely new passphrase"}
        was_reset = await client.post("/api/v1/auth/password/reset", json=body)
        assert (verified.status_code, was_reset.status_code) == (401, 401)

    async def test_both_mailboxes_get_a_mail_about_the_change(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await change(client, ada, new, NEW)
        old_subjects = [(await old.next())["Subject"] for _ in range(2)]

        assert (await new.next())["Subject"] == "This is your email address now"
        assert sorted(old_subjects) == [CANCEL, "Your email address was changed"]

    async def test_one_of_fifty_concurrent_confirmations_succeeds(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()

        answers = await asyncio.gather(*(confirm(client, token) for _ in range(50)))

        assert sorted(answer.status_code for answer in answers) == [204] + [401] * 49

    async def test_one_of_two_accounts_that_confirm_one_address_gets_it(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        first = await new.next_token()
        await request_change(client, bob, NEW)
        tokens = [first, await new.next_token()]

        answers = await asyncio.gather(*(confirm(client, token) for token in tokens))

        assert sorted(answer.status_code for answer in answers) == [204, 401]

    async def test_an_address_that_was_registered_meanwhile_is_refused(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token(CONFIRM)
        await sign_up(client, email=NEW)

        assert (await confirm(client, token)).status_code == 401
        assert await email_of(client, ada) == ada.email

    async def test_a_concurrent_deletion_of_the_account_leaves_no_change(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, database: Database
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()

        deleted, confirmed = await asyncio.gather(
            delete_account(client, ada), confirm(client, token)
        )
        left = await database.fetchval("SELECT count(*) FROM auth.email_change")

        assert (deleted.status_code, left) == (204, 0)
        assert confirmed.status_code in {204, 401}
        assert (await confirm(client, token)).status_code == 401

    async def test_a_deactivated_account_is_refused(
        self, client: httpx.AsyncClient, ada: Person, root: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()
        body = {"is_active": False}
        await client.patch(f"/api/v1/users/{ada.id}", json=body, headers=root.headers)

        assert (await confirm(client, token)).status_code == 401

    async def test_an_expired_link_confirms_nothing(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, database: Database
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()
        await database.execute(
            "UPDATE auth.email_change SET requested_at = now() - interval '24 hours'"
        )

        assert (await confirm(client, token)).status_code == 401
        assert await pending_of(client, ada) is None

    @pytest.mark.parametrize("path", ["confirm", "cancel"])
    @pytest.mark.parametrize("token", ["A" * 43, "", "é", "../../etc"])
    async def test_an_unknown_link_does_nothing(
        self, client: httpx.AsyncClient, path: str, token: str
    ) -> None:
        answer = await client.post(f"{CHANGE}/{path}", json={"token": token})

        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")

    async def test_the_two_links_are_not_interchangeable(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        confirming, cancelling = await new.next_token(), await old.next_token(CANCEL)

        assert (await confirm(client, cancelling)).status_code == 401
        assert (await cancel(client, confirming)).status_code == 401
        assert await pending_of(client, ada) == NEW


class TestCancel:
    async def test_the_earlier_mailbox_cancels_a_request(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        confirming, cancelling = await new.next_token(), await old.next_token(CANCEL)

        assert (await cancel(client, cancelling)).status_code == 204
        assert await pending_of(client, ada) is None
        assert (await confirm(client, confirming)).status_code == 401
        assert (await cancel(client, cancelling)).status_code == 401
        assert await email_of(client, ada) == ada.email

    async def test_the_user_withdraws_the_request(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox
    ) -> None:
        await request_change(client, ada, NEW)
        token = await new.next_token()
        withdrawn = [await client.delete(CHANGE, headers=ada.headers) for _ in range(2)]

        assert [answer.status_code for answer in withdrawn] == [204, 204]
        assert await pending_of(client, ada) is None
        assert (await confirm(client, token)).status_code == 401

    async def test_a_verified_mailbox_takes_a_confirmed_change_back(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await change(client, ada, new, NEW)
        taken_back = await cancel(client, await old.next_token(CANCEL))
        me = await client.get("/api/v1/auth/me", headers=ada.headers)
        subjects = {(await old.next())["Subject"] for _ in range(3)}

        assert (taken_back.status_code, me.status_code) == (204, 401)
        assert subjects == {
            "Your email address was changed",
            "Your email address is restored",
            "Reset your password",
        }
        assert await email_of(client, await sign_in(client, ada.email)) == ada.email

    async def test_taking_back_undoes_later_changes(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox, inbox_of: Inboxes
    ) -> None:
        third = inbox_of("ada@third.example")
        await change(client, ada, new, NEW)
        first = await old.next_token(CANCEL)
        await change(client, ada, third, "ada@third.example")
        second = await new.next_token(CANCEL)

        assert (await cancel(client, first)).status_code == 204
        assert (await cancel(client, second)).status_code == 401
        assert await email_of(client, await sign_in(client, ada.email)) == ada.email

    @needs("tasks")
    async def test_taking_back_removes_ways_to_sign_in_that_were_added_since(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        new: Mailbox,
        old: Mailbox,
        dsn: str,
    ) -> None:
        await change(client, ada, new, NEW)
        phone, thief = Authenticator(), replace(ada, email=NEW)
        await add_passkey(client, thief, phone)
        await turn_on(client, thief, dsn)
        key = {"name": "a script", "scopes": ["tasks:read"]}
        made = await client.post("/api/v1/auth/api-keys", json=key, headers=ada.headers)

        assert (await cancel(client, await old.next_token(CANCEL))).status_code == 204

        by_key = {"Authorization": f"Bearer {made.json()['key']}"}
        assert (await client.get("/api/v1/tasks", headers=by_key)).status_code == 401
        assert (await sign_in_with(client, phone)).status_code == 401
        assert (await sign_in(client, ada.email)).id == ada.id

    async def test_taking_back_keeps_earlier_ways_to_sign_in(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox, dsn: str
    ) -> None:
        phone = Authenticator()
        await add_passkey(client, ada, phone)
        await turn_on(client, ada, dsn)
        await change(client, ada, new, NEW)

        assert (await cancel(client, await old.next_token(CANCEL))).status_code == 204

        assert (await sign_in_with(client, phone)).status_code == 200
        await first_step(client, ada)

    async def test_the_earlier_address_is_reserved_meanwhile(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        bob: Person,
        root: Person,
        new: Mailbox,
        old: Mailbox,
        database: Database,
    ) -> None:
        await change(client, ada, new, NEW)
        body = {"email": ada.email.upper(), "password": PASSWORD, "full_name": "Eve"}

        registered = await client.post("/api/v1/auth/register", json=body)
        made = await client.post("/api/v1/users", json=body, headers=root.headers)
        await request_change(client, bob, ada.email)
        await until_all_mailed(database)

        assert (registered.status_code, made.status_code) == (409, 409)
        assert CONFIRM not in [mail["Subject"] for mail in old.mails()]

    async def test_the_owner_may_change_back_to_it(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
    ) -> None:
        await change(client, ada, new, NEW)
        await change(client, ada, old, ada.email)

        assert await email_of(client, ada) == ada.email

    async def test_after_seven_days_the_change_is_final_and_the_address_is_free(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        new: Mailbox,
        old: Mailbox,
        database: Database,
    ) -> None:
        await change(client, ada, new, NEW)
        cancelling = await old.next_token(CANCEL)
        await database.execute(
            "UPDATE auth.email_change SET confirmed_at = now() - interval '7 days'"
        )

        assert (await cancel(client, cancelling)).status_code == 401
        assert (await sign_up(client, email=ada.email)).id != ada.id

    async def test_an_unverified_mailbox_cannot_take_a_change_back(
        self, client: httpx.AsyncClient, ada: Person, new: Mailbox, base_settings: Settings
    ) -> None:
        mistyped = Mailbox(base_settings.mail_dir, ada.email)
        await request_change(client, ada, NEW)
        token = await mistyped.next_token(CANCEL)
        assert (await confirm(client, await new.next_token())).status_code == 204

        assert (await cancel(client, token)).status_code == 401
        assert await email_of(client, ada) == NEW


async def test_a_reset_of_the_password_ends_a_pending_change(
    client: httpx.AsyncClient, ada: Person, new: Mailbox, old: Mailbox
) -> None:
    await request_change(client, ada, NEW)
    token = await new.next_token(CONFIRM)
    await client.post("/api/v1/auth/password/forgot", json={"email": ada.email})
    reset = {"token": await old.next_token("Reset your password"), "new_password": PASSWORD * 2}
    assert (await client.post("/api/v1/auth/password/reset", json=reset)).status_code == 204

    assert (await confirm(client, token)).status_code == 401
