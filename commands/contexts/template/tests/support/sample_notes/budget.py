"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.sample_notes.api import SAMPLE_NOTES, add

BUDGET = {
    "add_sample_note": 3,
    "list_sample_notes": 1,
    "read_sample_note": 1,
    "change_sample_note": 2,
    "delete_sample_note": 2,
}
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    """Call every route."""
    sample_note = await add(client, ada)
    path = f"{SAMPLE_NOTES}/{sample_note['id']}"
    await client.get(SAMPLE_NOTES, headers=ada.headers)
    await client.get(path, headers=ada.headers)
    await client.patch(path, json={"title": "Another"}, headers=ada.headers)
    await client.delete(path, headers=ada.headers)
