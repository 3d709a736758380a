"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.events import eventually
from tests.support.exports.api import EXPORTS, request

BUDGET = {"request_export": 4, "list_exports": 1, "download_export": 4}
DELETED_WITH_USER = 2


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    job = await request(client, ada)

    async def is_done() -> bool:
        [listed] = (await client.get(EXPORTS, headers=ada.headers)).json()["items"]
        return bool(listed["state"] == "done")

    await eventually(is_done)
    await client.get(f"{EXPORTS}/{job['id']}", headers=ada.headers)
