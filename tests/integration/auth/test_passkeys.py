"""The passkeys of an account, as their owner manages them."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from BE.core.database.database import Database
from BE.core.security.base64url import encode
from BE.core.types import new_id
from config import Settings
from tests.support.auth.authenticator import USER_PRESENT, Authenticator
from tests.support.auth.freshness import make_stale
from tests.support.auth.passkeys import (
    PASSKEYS,
    add_passkey,
    creation_options,
    passkeys_of,
    request_options,
    sign_in_with,
)
from tests.support.client import Person
from tests.support.mailbox import Mailbox, text_of


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


async def add(client: httpx.AsyncClient, person: Person, body: dict[str, Any]) -> httpx.Response:
    return await client.post(PASSKEYS, json=body, headers=person.headers)


async def remove_password(database: Database, person: Person) -> None:
    """Leave the account without one, as if another issuer had made it."""
    await database.execute(
        "UPDATE auth.account SET password_hash = NULL WHERE email = $1::text::citext", person.email
    )


async def test_a_passkey_is_named_after_its_maker_or_by_its_owner(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    manager = Authenticator(maker=bytes.fromhex("bada5566a7aa401fbd9645619a55120d"))

    await add_passkey(client, ada, manager)
    await add_passkey(client, ada, phone)
    await add_passkey(client, ada, Authenticator(), name="  My key ")

    names = [passkey["name"] for passkey in await passkeys_of(client, ada)]
    assert names == ["1Password", "Passkey", "My key"]


async def test_the_options_name_the_account_by_an_opaque_id(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    await add_passkey(client, ada, phone)

    options = await creation_options(client, ada)

    assert options["rp"] == {"id": "localhost", "name": "Bounded"}
    assert options["user"]["name"] == ada.email
    assert ada.email not in options["user"]["id"]
    assert options["attestation"] == "none"
    [excluded] = options["excludeCredentials"]
    assert excluded["id"] == encode(phone.credentials[0].id)
    assert excluded["transports"] == ["hybrid", "internal"]


class TestForgedCreations:
    async def test_a_challenge_is_answered_once(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        options = await creation_options(client, ada)
        first = await add(client, ada, phone.create(options))

        again = await add(client, ada, phone.create(options))

        assert (first.status_code, again.status_code) == (201, 422)
        assert again.json()["code"] == "VALIDATION_ERROR"

    async def test_a_refused_answer_uses_the_challenge_up(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        options = await creation_options(client, ada)
        forged = await add(client, ada, phone.create(options, origin="https://evil.example"))

        honest = await add(client, ada, phone.create(options))

        assert (forged.status_code, honest.status_code) == (422, 422)

    async def test_a_challenge_is_valid_for_one_account(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, phone: Authenticator
    ) -> None:
        answer = await add(client, bob, phone.create(await creation_options(client, ada)))

        assert answer.status_code == 422
        assert await passkeys_of(client, bob) == []

    async def test_a_challenge_of_a_sign_in_makes_no_passkey(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        options = await creation_options(client, ada)
        options["challenge"] = (await request_options(client))["challenge"]

        answer = await add(client, ada, phone.create(options))

        assert answer.status_code == 422

    async def test_a_challenge_ends_after_five_minutes(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator, database: Database
    ) -> None:
        options = await creation_options(client, ada)
        await database.execute(
            "UPDATE auth.challenge SET expires_at = expires_at - interval '5 minutes'"
        )

        answer = await add(client, ada, phone.create(options))

        assert answer.status_code == 422

    async def test_a_passkey_without_user_verification_is_refused(
        self, client: httpx.AsyncClient, ada: Person, phone: Authenticator
    ) -> None:
        phone.flags = USER_PRESENT

        answer = await add(client, ada, phone.create(await creation_options(client, ada)))

        assert answer.status_code == 422
        assert await passkeys_of(client, ada) == []

    async def test_a_registered_passkey_cannot_be_taken_over(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, phone: Authenticator
    ) -> None:
        await add_passkey(client, ada, phone)
        options = await creation_options(client, bob)
        copied = Authenticator(next_id=phone.credentials[0].id)

        answer = await add(client, bob, copied.create(options))

        assert answer.status_code == 409
        assert await passkeys_of(client, bob) == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"rawId": "not base64url!"},
            {"type": "password"},
            {"response": {}},
            {"response": {"clientDataJSON": "e30", "attestationObject": 7}},
            {"name": "two\nlines"},
            {"name": "x" * 101},
        ],
    )
    async def test_an_invalid_answer_is_named(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        phone: Authenticator,
        changes: dict[str, Any],
    ) -> None:
        made = phone.create(await creation_options(client, ada))

        answer = await add(client, ada, made | changes)

        assert answer.status_code == 422
        assert answer.json()["details"]


async def test_an_account_has_at_most_twenty_passkeys(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator
) -> None:
    for _ in range(20):
        await add_passkey(client, ada, phone)

    answer = await add(client, ada, phone.create(await creation_options(client, ada)))

    assert answer.status_code == 409
    assert len(await passkeys_of(client, ada)) == 20


async def test_a_passkey_is_renamed(
    client: httpx.AsyncClient, ada: Person, bob: Person, phone: Authenticator
) -> None:
    path = f"{PASSKEYS}/{(await add_passkey(client, ada, phone))['id']}"

    renamed = await client.patch(path, json={"name": "My phone"}, headers=ada.headers)
    nameless = await client.patch(path, json={"name": " "}, headers=ada.headers)
    by_bob = await client.patch(path, json={"name": "Mine"}, headers=bob.headers)

    assert renamed.json()["name"] == "My phone"
    assert (nameless.status_code, by_bob.status_code) == (422, 404)
    assert [passkey["name"] for passkey in await passkeys_of(client, ada)] == ["My phone"]


async def test_a_passkey_is_removed_by_its_owner_alone(
    client: httpx.AsyncClient, ada: Person, bob: Person, phone: Authenticator
) -> None:
    path = f"{PASSKEYS}/{(await add_passkey(client, ada, phone))['id']}"
    await add_passkey(client, bob, Authenticator())

    by_bob = await client.delete(path, headers=bob.headers)
    unknown = await client.delete(f"{PASSKEYS}/{new_id()}", headers=ada.headers)
    removed = await client.delete(path, headers=ada.headers)
    again = await client.delete(path, headers=ada.headers)

    statuses = [answer.status_code for answer in (by_bob, unknown, removed, again)]
    assert statuses == [404, 404, 204, 404]
    assert await passkeys_of(client, ada) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"{PASSKEYS}/options"), ("POST", PASSKEYS), ("DELETE", f"{PASSKEYS}/{UUID(int=1)}")],
)
async def test_a_stale_session_neither_adds_nor_removes_a_passkey(
    client: httpx.AsyncClient, ada: Person, dsn: str, method: str, path: str
) -> None:
    await make_stale(dsn, ada)

    answer = await client.request(method, path, headers=ada.headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "STEP_UP_REQUIRED")


async def test_concurrent_removals_leave_the_last_way_to_sign_in(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator, database: Database
) -> None:
    passkeys = [await add_passkey(client, ada, phone) for _ in range(5)]
    await remove_password(database, ada)

    answers = await asyncio.gather(
        *(client.delete(f"{PASSKEYS}/{passkey['id']}", headers=ada.headers) for passkey in passkeys)
    )

    assert sorted(answer.status_code for answer in answers) == [204] * 4 + [409]
    assert len(await passkeys_of(client, ada)) == 1


async def test_the_owner_gets_a_mail_about_each_added_or_removed_passkey(
    client: httpx.AsyncClient, ada: Person, phone: Authenticator, base_settings: Settings
) -> None:
    inbox = Mailbox(base_settings.mail_dir, ada.email)
    await inbox.next()  # to verify the email

    passkey = await add_passkey(client, ada, phone, name="Chosen by whoever added it")
    added = await inbox.next()
    await client.delete(f"{PASSKEYS}/{passkey['id']}", headers=ada.headers)
    removed = await inbox.next()

    assert added["Subject"] == "A passkey was added to your account"
    assert "Chosen" not in text_of(added)
    assert removed["Subject"] == "A passkey was removed from your account"


async def test_the_owner_gets_a_mail_about_a_copied_passkey(
    client: httpx.AsyncClient, ada: Person, base_settings: Settings
) -> None:
    inbox = Mailbox(base_settings.mail_dir, ada.email)
    copied = Authenticator(counts=True)
    await add_passkey(client, ada, copied)
    for _ in range(2):
        await inbox.next()

    await sign_in_with(client, copied, sign_count=0)

    assert (await inbox.next())["Subject"] == "A passkey of yours may have been copied"
