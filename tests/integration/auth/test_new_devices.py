"""A sign-in from a device and network that are new to an account is reported by mail."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.events import HourPassed
from config import Settings
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.events import eventually
from tests.support.mailbox import mails_to, text_of

SUBJECT = "New sign-in to your account"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HOME, AWAY = "203.0.113.7", "198.51.100.9"


@pytest.fixture
async def proxied(build_app: AppFactory) -> AsyncIterator[FastAPI]:
    async with build_app(trusted_proxy_hops=1) as app:
        yield app


@pytest.fixture
async def person(proxied: FastAPI) -> Person:
    """A user who registered at home with Firefox."""
    async with client_of(proxied) as client:
        client.headers.update({"User-Agent": FIREFOX, "X-Forwarded-For": HOME})
        return await sign_up(client)


async def log_in(
    app: FastAPI, person: Person, user_agent: str, address: str, cookie: str = ""
) -> str:
    """Sign in, with the device ``cookie`` alone; return the cookie of the device."""
    headers = {"User-Agent": user_agent, "X-Forwarded-For": address}
    headers |= {"Cookie": f"__Host-device={cookie}"} if cookie else {}
    async with client_of(app) as client:
        body = {"email": person.email, "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=body, headers=headers)
        assert answer.status_code == 200
        return answer.cookies.get("__Host-device") or cookie


async def new_device_mails(app: FastAPI, settings: Settings, person: Person) -> list[EmailMessage]:
    """The mails about new devices, once all pending mails are sent."""
    database: Database = app.state.container.database()

    async def is_done() -> bool:
        waiting = """
            SELECT EXISTS (
                SELECT FROM events.delivery
                WHERE handler LIKE 'notifications.%' AND state = 'pending'
            )
        """
        return not await database.fetchval(waiting)

    await eventually(is_done)
    mails = mails_to(person.email, settings.mail_dir)
    return [mail for mail in mails if mail["Subject"] == SUBJECT]


async def test_a_mail_names_the_program_the_time_and_the_address(
    proxied: FastAPI, person: Person, base_settings: Settings
) -> None:
    await log_in(proxied, person, "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0", AWAY)
    [mail] = await new_device_mails(proxied, base_settings, person)

    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert f"Edge on Windows, on {datetime.now(UTC).day} " in text
        assert f"UTC, from {AWAY}." in text
        assert "/settings/sessions" in text


@pytest.mark.parametrize(
    ("user_agent", "address", "mails"),
    [
        (FIREFOX, HOME, 0),
        (FIREFOX.replace("140.0", "141.0.1"), HOME, 0),
        (FIREFOX, AWAY, 1),
        ("curl/8.9", HOME, 1),
        ("", AWAY, 1),
    ],
)
async def test_a_program_is_known_in_its_network(
    proxied: FastAPI,
    person: Person,
    base_settings: Settings,
    user_agent: str,
    address: str,
    mails: int,
) -> None:
    await log_in(proxied, person, user_agent, address)
    await log_in(proxied, person, user_agent, address)

    assert len(await new_device_mails(proxied, base_settings, person)) == mails


async def test_a_device_is_known_at_every_address(
    proxied: FastAPI, person: Person, base_settings: Settings
) -> None:
    cookie = await log_in(proxied, person, FIREFOX, HOME)
    await log_in(proxied, person, "another program", AWAY, cookie)

    assert await new_device_mails(proxied, base_settings, person) == []


async def test_the_device_of_another_account_is_not_known(
    proxied: FastAPI, person: Person, base_settings: Settings
) -> None:
    async with client_of(proxied) as client:
        other = await sign_up(client)
    cookie = await log_in(proxied, other, FIREFOX, AWAY)
    await log_in(proxied, person, FIREFOX, AWAY, cookie)

    assert len(await new_device_mails(proxied, base_settings, person)) == 1


async def test_the_first_sign_in_of_an_account_is_not_reported(
    proxied: FastAPI, root: Person, base_settings: Settings
) -> None:
    async with client_of(proxied) as client:
        email = f"{uuid4().hex}@example.com"
        body = {"email": email, "password": PASSWORD, "full_name": "Made"}
        made = await client.post("/api/v1/users", json=body, headers=root.headers)
    person = Person(made.json()["id"], email, "", {})
    await log_in(proxied, person, FIREFOX, HOME)
    assert await new_device_mails(proxied, base_settings, person) == []

    await log_in(proxied, person, FIREFOX, AWAY)
    assert len(await new_device_mails(proxied, base_settings, person)) == 1


async def test_a_mail_does_not_quote_the_user_agent(
    proxied: FastAPI, person: Person, base_settings: Settings
) -> None:
    await log_in(proxied, person, "Visit evil.example Firefox/1 <b>now</b>", AWAY)
    [mail] = await new_device_mails(proxied, base_settings, person)

    assert "Firefox, on" in text_of(mail)
    assert "evil" not in text_of(mail) + text_of(mail, "html")


async def test_the_reports_of_a_day_are_limited(build_app: AppFactory) -> None:
    async with build_app(trusted_proxy_hops=1, rate_limit_enabled=True) as app:
        async with client_of(app) as client:
            ada = await sign_up(client)
        for letter in "abcdefghijklm":
            await log_in(app, ada, f"script of {letter}", AWAY)
        database: Database = app.state.container.database()
        reports = await database.fetchval(
            "SELECT count(*) FROM events.event WHERE name = 'user.new_device_used'"
            " AND payload ->> 'user_id' = $1",
            ada.id,
        )

    assert reports == 10


async def test_an_account_keeps_only_its_most_recent_places(
    proxied: FastAPI, person: Person
) -> None:
    database: Database = proxied.state.container.database()
    await database.execute(
        """
        INSERT INTO auth.sign_in_place (account_id, place, seen_at)
        SELECT $1, sha256(n::text::bytea), now() - n * interval '1 minute'
        FROM generate_series(1, 150) AS n
        """,
        person.id,
    )

    await log_in(proxied, person, "script", AWAY)

    stored = await database.fetch(
        """
        SELECT place = sha256('1') AS is_newest, place = sha256('150') AS is_oldest
        FROM auth.sign_in_place
        WHERE account_id = $1 AND place <> ''
        """,
        person.id,
    )
    assert len(stored) == 100
    assert any(row["is_newest"] for row in stored)
    assert not any(row["is_oldest"] for row in stored)


async def test_old_places_are_deleted_but_the_account_still_counts_as_used(
    proxied: FastAPI, person: Person, base_settings: Settings
) -> None:
    container = proxied.state.container
    database: Database = container.database()
    await database.execute("UPDATE auth.sign_in_place SET seen_at = now() - interval '91 days'")
    await container.place_service().on_hour_passed(HourPassed(began_at=datetime.now(UTC)))
    await log_in(proxied, person, FIREFOX, HOME)

    assert len(await new_device_mails(proxied, base_settings, person)) == 1


async def test_old_sessions_lose_their_address(
    client: httpx.AsyncClient, ada: Person, app: FastAPI, database: Database
) -> None:
    container = app.state.container
    hour = HourPassed(began_at=datetime.now(UTC))
    await database.execute("UPDATE auth.session SET created_at = now() - interval '89 days'")
    await container.place_service().on_hour_passed(hour)
    young = await database.fetchval("SELECT count(*) FROM auth.session WHERE ip IS NOT NULL")
    await database.execute("UPDATE auth.session SET created_at = now() - interval '91 days'")
    await container.place_service().on_hour_passed(hour)
    old = await database.fetchval("SELECT count(*) FROM auth.session WHERE ip IS NOT NULL")

    assert young > 0
    assert old == 0
