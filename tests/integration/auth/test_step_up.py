"""What a thief would do first needs a session whose holder proved their identity recently."""

from collections.abc import Callable

import httpx
import pytest

from tests.support.application import AppFactory
from tests.support.auth.api import log_in
from tests.support.auth.freshness import make_stale
from tests.support.client import PASSWORD, Person, client_of, sign_up
from tests.support.postgres import execute

API = "/api/v1"


async def step_up(
    client: httpx.AsyncClient, headers: dict[str, str], password: str = PASSWORD
) -> httpx.Response:
    return await client.post(f"{API}/auth/step-up", json={"password": password}, headers=headers)


async def delete_account(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    body = {"password": PASSWORD}
    return await client.post(f"{API}/users/me/delete", json=body, headers=headers)


async def test_a_session_is_fresh_for_ten_minutes_after_the_sign_in(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await make_stale(dsn, ada)
    refused = await delete_account(client, ada.headers)
    fresh = await log_in(client, ada)

    deleted = await delete_account(client, fresh)

    assert (refused.status_code, refused.json()["code"]) == (403, "STEP_UP_REQUIRED")
    assert deleted.status_code == 204


async def test_both_ways_to_delete_the_account_need_a_fresh_session(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await make_stale(dsn, ada)

    answer = await client.request(
        "DELETE", f"{API}/users/me", json={"password": PASSWORD}, headers=ada.headers
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "STEP_UP_REQUIRED")


@pytest.mark.parametrize(
    "spell",
    [str, lambda text: text.replace("-", ""), str.upper],
    ids=["as it is", "without hyphens", "in capitals"],
)
async def test_an_admin_needs_a_fresh_session_to_delete_only_their_own_account(
    client: httpx.AsyncClient,
    root: Person,
    ada: Person,
    dsn: str,
    spell: Callable[[str], str],
) -> None:
    await execute(
        dsn,
        f"UPDATE auth.account SET role = 'admin' WHERE id = '{ada.id}';"
        f" UPDATE users.profile SET role = 'admin' WHERE id = '{ada.id}'",
    )
    await make_stale(dsn, root)

    own = await client.delete(f"{API}/users/{spell(root.id)}", headers=root.headers)
    other = await client.delete(f"{API}/users/{ada.id}", headers=root.headers)

    assert (own.status_code, own.json()["code"]) == (403, "STEP_UP_REQUIRED")
    assert other.status_code == 204


async def test_the_password_makes_the_session_fresh_again(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await make_stale(dsn, ada)

    proved = await step_up(client, ada.headers)

    assert proved.status_code == 204
    assert (await delete_account(client, ada.headers)).status_code == 204


async def test_other_sessions_of_the_account_stay_stale(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    other = await log_in(client, ada)
    await make_stale(dsn, ada)

    await step_up(client, ada.headers)

    assert (await delete_account(client, other)).status_code == 403


async def test_a_refresh_is_no_step_up(client: httpx.AsyncClient, ada: Person, dsn: str) -> None:
    await make_stale(dsn, ada)
    refreshed = await client.post(f"{API}/auth/refresh")
    headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}

    answer = await delete_account(client, headers)

    assert (refreshed.status_code, answer.status_code) == (200, 403)


async def test_a_wrong_password_leaves_the_session_stale(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await make_stale(dsn, ada)

    wrong = await step_up(client, ada.headers, "not the password")

    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
    assert wrong.json()["details"][0]["field"] == "body.password"
    assert (await delete_account(client, ada.headers)).status_code == 403


async def test_guesses_are_counted_for_the_session(build_app: AppFactory) -> None:
    async with build_app(rate_limit_enabled=True) as app, client_of(app) as client:
        ada = await sign_up(client)
        owner = await log_in(client, ada)

        answers = [await step_up(client, ada.headers, "not the password") for _ in range(11)]

        assert [answer.status_code for answer in answers] == [401] * 10 + [429]
        assert (await step_up(client, ada.headers)).status_code == 429
        assert (await step_up(client, owner)).status_code == 204


async def test_a_session_of_an_earlier_release_was_fresh_when_it_was_opened(
    client: httpx.AsyncClient, ada: Person, dsn: str
) -> None:
    await execute(
        dsn,
        "UPDATE auth.session"
        " SET proved_at = NULL, created_at = created_at - interval '10 minutes'"
        f" WHERE account_id = '{ada.id}'",
    )
    refused = await delete_account(client, ada.headers)

    await step_up(client, ada.headers)

    assert refused.status_code == 403
    assert (await delete_account(client, ada.headers)).status_code == 204


async def test_an_anonymous_caller_cannot_step_up(client: httpx.AsyncClient) -> None:
    assert (await step_up(client, {})).status_code == 401
