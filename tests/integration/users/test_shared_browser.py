"""The ETag of one user's answer is not valid for another user."""

import httpx
import pytest

from tests.support.client import Person, etag_of

ME = "/api/v1/users/me"


@pytest.mark.parametrize("header", ["own", '"1"', 'W/"1"', '"2", "1"'])
async def test_the_etag_of_another_user_does_not_match(
    client: httpx.AsyncClient, ada: Person, bob: Person, header: str
) -> None:
    etag = (await client.get(ME, headers=ada.headers)).headers["etag"]
    condition = {"If-None-Match": etag if header == "own" else header}

    answer = await client.get(ME, headers=bob.headers | condition)

    assert (answer.status_code, answer.json()["id"]) == (200, bob.id)


async def test_an_etag_of_another_user_changes_nothing(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    etag = (await client.get(ME, headers=ada.headers)).headers["etag"]

    answer = await client.patch(
        ME, json={"full_name": "Ada"}, headers=bob.headers | {"If-Match": etag}
    )

    assert (answer.status_code, answer.headers["etag"]) == (412, etag_of(bob.id, 1))
