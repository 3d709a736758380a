"""How many statements each passkey route takes, and a request to each."""

import httpx

from tests.support.auth.authenticator import Authenticator
from tests.support.auth.passkeys import (
    PASSKEYS,
    add_passkey,
    passkeys_of,
    sign_in_with,
    step_up_with,
)
from tests.support.client import Person

BUDGET = {
    "offer_passkey": 4,
    "add_passkey": 6,
    "list_passkeys": 1,
    "rename_passkey": 1,
    "remove_passkey": 7,
    "request_passkey": 1,
    "sign_in_with_passkey": 10,
    "request_step_up_passkey": 2,
}


async def use(client: httpx.AsyncClient, ada: Person, _: Person) -> None:
    phone = Authenticator()
    passkey = await add_passkey(client, ada, phone)
    await passkeys_of(client, ada)
    path = f"{PASSKEYS}/{passkey['id']}"
    await client.patch(path, json={"name": "My phone"}, headers=ada.headers)
    await sign_in_with(client, phone)
    await step_up_with(client, ada, phone)
    await client.delete(path, headers=ada.headers)
