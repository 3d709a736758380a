import httpx

from tests.support.client import PASSWORD, Person

AUTH = "/api/v1/auth"
NAMES = {"username": "ada.king", "full_name": "Ada King"}


def names(answer: httpx.Response) -> dict[str, object]:
    assert answer.is_success, answer.text
    user = answer.json()["user"]
    return {name: user[name] for name in NAMES}


async def test_every_session_answer_has_the_profile(client: httpx.AsyncClient) -> None:
    credentials = {"email": "king@example.com", "password": PASSWORD}

    registered = await client.post(f"{AUTH}/register", json=credentials | NAMES)
    signed_in = await client.post(f"{AUTH}/login", json=credentials)
    refreshed = await client.post(f"{AUTH}/refresh")

    assert [names(answer) for answer in (registered, signed_in, refreshed)] == [NAMES] * 3


async def test_a_change_of_the_profile_is_in_the_next_answer(
    client: httpx.AsyncClient, ada: Person
) -> None:
    await client.patch("/api/v1/users/me", json=NAMES, headers=ada.headers)

    answer = await client.post(f"{AUTH}/login", json={"email": ada.email, "password": PASSWORD})

    assert names(answer) == NAMES
