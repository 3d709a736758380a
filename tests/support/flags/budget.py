"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.flags.api import FLAGS, SETTINGS, path_of, setting
from tests.support.specimen.wiring import TRIAL

BUDGET = {"read_flags": 0, "list_flags": 1, "read_flag": 1, "change_flag": 5, "reset_flag": 5}
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    await client.get(FLAGS, headers=ada.headers)
    await client.get(SETTINGS, headers=root.headers)
    await client.get(path_of(TRIAL), headers=root.headers)
    await client.put(path_of(TRIAL), json=setting(otherwise=True), headers=root.headers)
    await client.get(FLAGS, headers=ada.headers)
    await client.delete(path_of(TRIAL), headers=root.headers)
