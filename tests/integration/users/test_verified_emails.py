import httpx

from tests.support.client import Person
from tests.support.postgres import execute


async def test_admins_see_whose_email_is_verified(
    client: httpx.AsyncClient, ada: Person, root: Person, dsn: str
) -> None:
    await execute(dsn, f"UPDATE auth.account SET email_verified_at = now() WHERE id = '{ada.id}'")

    page = (await client.get("/api/v1/users", headers=root.headers)).json()

    assert {user["id"]: user["email_verified"] for user in page["items"]} == {
        ada.id: True,
        root.id: False,
    }
