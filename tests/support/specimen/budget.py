"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.specimen.api import SPECIMENS

OWN = {
    "collect_specimen": 2,
    "list_specimens": 1,
    "export_specimens": 1,
    "read_specimen": 1,
    "change_specimen": 2,
    "remove_specimen": 1,
}
LABELS = {"read_label": 1, "read_label_in_full": 1}
BUDGET = OWN | LABELS | {f"{name}_of_user": count + 1 for name, count in OWN.items()}
"""Under the path of a user, a first statement checks whether that user has collected anything."""
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    """Call every route, and the idempotent one with a new key and with a known one."""
    await _use(client, SPECIMENS, ada)
    await _use(client, f"/api/v1/users/{ada.id}/specimens", root)
    [specimen, *_] = (await client.get(SPECIMENS, headers=ada.headers)).json()["items"]
    for version in ("v1", "v2"):
        path = f"/api/{version}/specimens/{specimen['id']}/label"
        await client.get(path, headers=ada.headers)


async def _use(client: httpx.AsyncClient, path: str, caller: Person) -> None:
    headers, title = caller.headers, {"title": "Fern"}
    specimen = (await client.post(path, json=title, headers=headers)).headers["location"]
    keyed = headers | {"Idempotency-Key": "key"}
    await client.post(path, json=title, headers=keyed)
    await client.post(path, json=title, headers=keyed)
    await client.get(path, headers=headers)
    await client.get(f"{path}/export", headers=headers)
    await client.get(specimen, headers=headers)
    await client.patch(specimen, json={"title": "Moss"}, headers=headers)
    await client.delete(specimen, headers=headers)
