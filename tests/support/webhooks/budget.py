"""How many statements a usual request takes, its BEGIN and COMMIT aside."""

import httpx

from tests.support.client import Person
from tests.support.events import eventually
from tests.support.webhooks.api import WEBHOOKS, attempts_of, create, path_of

BUDGET = {
    "create_webhook": 5,
    "list_webhooks": 1,
    "read_webhook": 1,
    "change_webhook": 4,
    "delete_webhook": 3,
    "rotate_secret": 3,
    "test_webhook": 3,
    "list_attempts": 2,
    "resend": 3,
}
DELETED_WITH_USER = 1


async def use(client: httpx.AsyncClient, ada: Person, root: Person) -> None:
    headers = ada.headers
    webhook = await create(client, ada, "https://127.0.0.1:1/hook")
    path = path_of(webhook)
    await client.get(WEBHOOKS, headers=headers)
    await client.get(path, headers=headers)
    await client.patch(path, json={"ordered": True}, headers=headers)
    await client.post(f"{path}/secret", headers=headers)
    await client.post(f"{path}/test", headers=headers)

    database = client._transport.app.state.container.database()  # type: ignore[attr-defined]

    async def is_sent() -> bool:
        """Whether the job has ended: while it runs, refusing another takes one more statement."""
        done: bool = await database.fetchval(
            "SELECT state = 'done' FROM jobs.job WHERE kind = 'webhook' AND key = $1", webhook["id"]
        )
        return done

    await eventually(is_sent)
    [attempt] = await attempts_of(client, ada, webhook)
    await client.post(f"{path}/attempts/{attempt['id']}/resend", headers=headers)
    await client.delete(path, headers=headers)
