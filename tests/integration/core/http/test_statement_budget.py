"""The number of statements of each route, so that an added or saved round trip is noticed."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from BE.core.database.database import Database
from BE.core.types import new_id
from BE.modules.flags.service import Snapshots
from config import Settings
from tests.support.application import AppFactory
from tests.support.auth.email_changes import CANCEL, CHANGE, CONFIRM, cancel, request_change
from tests.support.auth.email_changes import confirm as confirm_change
from tests.support.auth.passkeys import second_step_options
from tests.support.auth.two_steps import TOTP, confirm, first_step, second_step
from tests.support.client import (
    BASE_URL,
    PASSWORD,
    ROUTES,
    DeclaredTransport,
    Person,
    route_of,
    sign_in,
    sign_up,
)
from tests.support.contexts import declared, merged
from tests.support.identities.provider import fake_provider
from tests.support.identities.travels import settings_of
from tests.support.mailbox import Mailbox
from tests.support.postgres import execute
from tests.support.streams.short import end_streams_at_once

API = "/api/v1"
NEW = "an entirely new passphrase"

DELETED_WITH_USER = sum(declared("budget", "DELETED_WITH_USER"))
"""The statements of other contexts that delete a user's rows, in the same transaction."""

# The number of statements of a usual request, without BEGIN and COMMIT.
OPERATIONS = {
    "health": 3,
    "live": 0,
    "ready": 1,
    "list_dead_deliveries": 1,
    "read_delivery": 1,
    "retry_delivery": 2,
    "database_pool": 0,
    "recent_requests": 0,
    "follow_changes": 1,
    "list_audit_entries": 1,
    "read_audit_state": 4,
}
AUTH = {
    "register": 7,
    "login": 6,
    "refresh": 4,
    "logout": 1,
    "logout_everywhere": 4,
    "change_password": 9,
    "forget_password": 4,
    "reset_password": 15,
    "verify_email": 3,
    "resend_verification": 2,
    "list_sessions": 1,
    "end_session": 1,
    "end_other_sessions": 3,
    "issue_token": 5,
    "me": 1,
    "list_api_keys": 1,
    "create_api_key": 6,
    "revoke_api_key": 3,
    "step_up": 4,
    "read_totp": 2,
    "begin_totp": 6,
    "confirm_totp": 8,
    "replace_recovery_codes": 9,
    "request_second_factor_passkey": 4,
    "prove_second_factor": 13,
    "turn_off_totp": 8,
    "turn_off_totp_by_post": 8,
    "change_email": 5,
    "read_email_change": 1,
    "withdraw_email_change": 2,
    "cancel_email_change": 6,
    "confirm_email_change": 13,
}
USERS = {
    "read_my_profile": 1,
    "change_my_profile": 1,
    "delete_myself": 17 + DELETED_WITH_USER,
    "delete_myself_by_post": 17 + DELETED_WITH_USER,
    "list_users": 2,
    "read_user_stats": 1,
    "create_user": 7,
    "create_users": 7,
    "read_user": 1,
    "change_user": 10,
    "delete_user": 13 + DELETED_WITH_USER,
}
KEY = 4
"""An Idempotency-Key adds two lookups of an answer, the lock between them, and the insert."""

_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record each statement for the request that runs it; those of the relay are not counted."""
    run = Database._run

    async def recording_run(self: Database, method: str, query: str, arguments: Any) -> Any:
        if (statements := _statements.get()) is not None:
            statements.append(query)
        return await run(self, method, query, arguments)

    monkeypatch.setattr(Database, "_run", recording_run)


class CountingTransport(DeclaredTransport):
    """Counts the statements of each request, by the name of its route."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.counted: dict[str, list[int]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with recorded_statements() as statements:
            response = await super().handle_async_request(request)
        route = route_of(request)
        assert route is not None
        if response.status_code == 401 and response.json()["code"] == "SECOND_FACTOR_REQUIRED":
            return response
        assert response.status_code == (route.status_code or 200), response.text
        self.counted.setdefault(route.name, []).append(len(statements))
        return response


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    statements: list[str] = []
    token = _statements.set(statements)
    try:
        yield statements
    finally:
        _statements.reset(token)


@pytest.mark.usefixtures("counting")
async def test_each_route_runs_its_budgeted_number_of_statements(
    build_app: AppFactory, own_dsn: str, base_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "BE.core.operations.pulse._KEPT", 0
    )  # or one probe would reuse the result of another
    monkeypatch.setattr("BE.modules.teams.service.known_roles._KEPT", 0)  # or one request would
    monkeypatch.setattr(
        Snapshots, "watching", lambda _: nullcontext()
    )  # or a watcher would run first
    end_streams_at_once(monkeypatch)
    async with (
        fake_provider() as provider,
        build_app(
            database_url=own_dsn, rate_limit_enabled=True, oidc_providers=settings_of(provider)
        ) as app,
    ):
        transport = CountingTransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            ada = await sign_up(client)
            ada = await use_account(client, ada, Mailbox(base_settings.mail_dir, ada.email))
            root = await admin(client, own_dsn)
            await use_second_factor(client, ada)
            ada = await use_email_change(client, ada, base_settings.mail_dir)
            for use in declared("budget", "use"):
                await use(client, ada, root)
            await administer(client, root)
            await operate(client, root, own_dsn)
            await leave(client, ada)

    first = {name: counts[0] for name, counts in transport.counted.items()}
    assert set(first) == {route.name for route in ROUTES}
    assert first == OPERATIONS | AUTH | USERS | merged("budget", "BUDGET")
    plain, claimed, replayed = transport.counted["collect_specimen"]
    assert (claimed, replayed) == (plain + KEY, 1)


async def admin(client: httpx.AsyncClient, dsn: str) -> Person:
    person = await sign_up(client)
    await execute(
        dsn,
        f"UPDATE auth.account SET role = 'admin' WHERE id = '{person.id}';"
        f" UPDATE users.profile SET role = 'admin' WHERE id = '{person.id}'",
    )
    return await sign_in(client, person.email)


async def use_account(client: httpx.AsyncClient, ada: Person, inbox: Mailbox) -> Person:
    auth = f"{API}/auth"
    await inbox.next()
    await client.post(f"{auth}/email/resend", headers=ada.headers)
    await client.post(f"{auth}/email/verify", json={"token": await inbox.next_token()})
    await client.post(f"{auth}/password/forgot", json={"email": ada.email})
    body = {"token": await inbox.next_token(), "new_password": NEW}
    await client.post(f"{auth}/password/reset", json=body)

    ada = await sign_in(client, ada.email, NEW)
    body = {"current_password": NEW, "new_password": PASSWORD}
    await client.post(f"{auth}/password/change", json=body, headers=ada.headers)
    await client.post(f"{auth}/refresh")
    await client.get(f"{auth}/me", headers=ada.headers)
    await client.post(f"{auth}/step-up", json={"password": PASSWORD}, headers=ada.headers)
    form = {"grant_type": "password", "username": ada.email, "password": PASSWORD}
    await client.post(f"{auth}/token", data=form)
    key = {"name": "a", "scopes": ["tasks:read"]}
    created = await client.post(f"{auth}/api-keys", json=key, headers=ada.headers)
    await client.get(f"{auth}/api-keys", headers=ada.headers)
    await client.delete(f"{auth}/api-keys/{created.json()['id']}", headers=ada.headers)
    sessions = (await client.get(f"{auth}/sessions", headers=ada.headers)).json()["items"]
    [other] = [session["id"] for session in sessions if not session["current"]]
    await client.delete(f"{auth}/sessions/{other}", headers=ada.headers)
    await client.delete(f"{auth}/sessions", headers=ada.headers)
    await client.post(f"{auth}/logout", headers=ada.headers)
    ada = await sign_in(client, ada.email)
    await client.post(f"{auth}/logout-all", headers=ada.headers)

    ada = await sign_in(client, ada.email)
    await client.get(f"{API}/users/me", headers=ada.headers)
    await client.patch(f"{API}/users/me", json={"username": "ada"}, headers=ada.headers)
    return ada


async def use_second_factor(client: httpx.AsyncClient, ada: Person) -> None:
    body = {"password": PASSWORD}
    code, *_ = (await confirm(client, ada)).recovery_codes
    await client.get(TOTP, headers=ada.headers)
    challenge = await first_step(client, ada)
    await second_step_options(client, challenge)
    await second_step(client, challenge, code)
    await client.post(f"{TOTP}/recovery-codes", json=body, headers=ada.headers)
    await client.request("DELETE", TOTP, json=body, headers=ada.headers)
    await confirm(client, ada)
    await client.post(f"{TOTP}/delete", json=body, headers=ada.headers)


async def use_email_change(client: httpx.AsyncClient, ada: Person, mail_dir: Path) -> Person:
    new = f"{uuid4().hex}@new.example"
    old_inbox, new_inbox = Mailbox(mail_dir, ada.email), Mailbox(mail_dir, new)
    await request_change(client, ada, new)
    await client.get(CHANGE, headers=ada.headers)
    await old_inbox.about(CANCEL)
    await new_inbox.about(CONFIRM)
    await client.delete(CHANGE, headers=ada.headers)
    await request_change(client, ada, new)
    await new_inbox.about(CONFIRM)
    await cancel(client, await old_inbox.next_token(CANCEL))
    await request_change(client, ada, new)
    await confirm_change(client, await new_inbox.next_token(CONFIRM))
    return replace(ada, email=new)


async def administer(client: httpx.AsyncClient, root: Person) -> None:
    users, headers = f"{API}/users", root.headers
    drafts = [
        {"email": f"new{number}@example.com", "password": PASSWORD, "full_name": "New Comer"}
        for number in range(3)
    ]
    await client.get(users, headers=headers)
    await client.get(f"{users}/stats", headers=headers)
    await client.post(f"{users}/bulk", json=drafts[1:], headers=headers)
    user = (await client.post(users, json=drafts[0], headers=headers)).headers["location"]
    await client.get(user, headers=headers)
    changes = {"role": "admin", "is_active": False, "full_name": "Admin"}
    await client.patch(user, json=changes, headers=headers)
    await client.delete(user, headers=headers)


async def operate(client: httpx.AsyncClient, root: Person, dsn: str) -> None:
    for path in ("/health", "/health/live", "/health/ready"):
        await client.get(path)
    await execute(
        dsn,
        f"""
        WITH event AS (
            INSERT INTO events.event (id, name, version, payload, occurred_at)
            VALUES ('{new_id()}', 'test.noticed', 1, '{{}}', now())
            RETURNING id
        )
        INSERT INTO events.delivery (event_id, handler, state, attempts, finished_at)
        SELECT id, 'nobody.on_noticed', 'dead', 1, now() FROM event
        """,
    )
    dead = await client.get(f"{API}/events/dead", headers=root.headers)
    [delivery] = dead.json()["items"]
    await client.get(f"{API}/events/{delivery['id']}", headers=root.headers)
    await client.post(f"{API}/events/{delivery['id']}/retry", headers=root.headers)
    await client.get(f"{API}/metrics/database", headers=root.headers)
    await client.get(f"{API}/metrics/requests", headers=root.headers)
    await client.get(f"{API}/audit", headers=root.headers)
    await client.get(f"{API}/audit/state", headers=root.headers)
    await client.get(f"{API}/changes", headers=root.headers)


async def leave(client: httpx.AsyncClient, ada: Person) -> None:
    body = {"password": PASSWORD}
    await client.request("DELETE", f"{API}/users/me", json=body, headers=ada.headers)
    bob = await sign_up(client)
    await client.post(f"{API}/users/me/delete", json=body, headers=bob.headers)
