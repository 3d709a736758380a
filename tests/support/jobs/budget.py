"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.exports.api import request

BUDGET = {"list_jobs": 1, "read_job": 1, "cancel_job": 2}
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    job = await request(client, ada)
    await client.get("/api/v1/jobs", headers=ada.headers)
    await client.get(f"/api/v1/jobs/{job['id']}", headers=ada.headers)
    await client.delete(f"/api/v1/jobs/{job['id']}", headers=ada.headers)
