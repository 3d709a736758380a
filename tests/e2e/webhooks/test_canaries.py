"""The secret of a webhook appears in one answer only, and its address in its row only."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.support.events import eventually
from tests.support.postgres import fresh_database
from tests.support.processes.canaries import Visit, altered, found_in_tables
from tests.support.processes.workers import API, running_workers
from tests.support.webhooks.receiver import Receiver, receiving

WEBHOOKS = "/webhooks"


@pytest.mark.parametrize("style", ["console", "json"])
async def test_secrets_and_addresses_appear_nowhere_else(
    server: str, migrated: str, tmp_path: Path, style: str
) -> None:
    async with fresh_database(server, migrated) as dsn, receiving() as receiver:
        settings = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": style, "METRICS_ENABLED": "true"}
        settings["WEBHOOK_ALLOW_PRIVATE_ADDRESSES"] = "true"
        async with running_workers(tmp_path, dsn, count=1, **settings) as (worker,):
            visit = Visit(worker)
            headers = await sign_up(visit)
            await use_every_route(visit, headers, receiver)
            assert max(visit.statuses) < 500
            async with altered(dsn, "webhooks.webhook RENAME secret TO broken"):
                await try_to_write(visit, headers)
            assert max(visit.statuses) == 500
            measured = (await worker.client.get("/metrics")).text
            worker.server.stop()
            logged = worker.server.output
        stored = {table async for table in found_in_tables(dsn, visit.canaries)}

    assert logged.count("unexpected_error") >= 1
    assert visit.canaries.in_text(logged) == set()
    assert visit.canaries.in_text(measured) == set()
    assert visit.leaks == {}
    assert stored == {"webhooks.webhook.url"}


async def sign_up(visit: Visit) -> dict[str, str]:
    person = {"email": f"{uuid4().hex}@example.com", "password": visit.canaries.new()}
    return visit.signed_in(await visit.post("/auth/register", person | {"full_name": "Ada"}))


def watch_secret(visit: Visit, answer: httpx.Response) -> None:
    assert answer.is_success, answer.text
    secret = visit.canaries.watch(answer.json()["secret"])
    assert secret.startswith("whsec_")
    visit.canaries.watch(secret.removeprefix("whsec_"))


def new_webhook(visit: Visit, url: str) -> dict[str, object]:
    return {"url": f"{url}?token={visit.canaries.new()}", "events": ["task.created"]}


async def use_every_route(visit: Visit, headers: dict[str, str], receiver: Receiver) -> None:
    """Use webhooks correctly and incorrectly; some messages do not arrive."""
    made = await visit.post(WEBHOOKS, new_webhook(visit, receiver.url), headers=headers)
    watch_secret(visit, made)
    path = f"{WEBHOOKS}/{made.json()['id']}"
    watch_secret(visit, await visit.post(f"{path}/secret", None, headers=headers))
    for wrong in (
        {"url": f"https://{visit.canaries.new()}:secret@example.com"},
        {"url": visit.canaries.new()},
        {"events": [visit.canaries.new()]},
    ):
        body = new_webhook(visit, receiver.url) | wrong
        assert (await visit.post(WEBHOOKS, body, headers=headers)).status_code == 422
    receiver.respond_with("500 Oops")
    for count in (1, 2):
        await visit.post(f"{path}/test", None, headers=headers)
        await until_attempted(visit, path, headers, count)
        # a closed port, so that the next message does not arrive
        changed = new_webhook(visit, "http://127.0.0.1:1")
        await visit.call("PATCH", API + path, json=changed, headers=headers)
    for read in (WEBHOOKS, path, f"{path}/attempts"):
        assert (await visit.call("GET", API + read, headers=headers)).is_success


async def until_attempted(visit: Visit, path: str, headers: dict[str, str], count: int) -> None:
    async def is_attempted() -> bool:
        answer = await visit.call("GET", f"{API}{path}/attempts", headers=headers)
        return len(answer.json()["items"]) >= count

    await eventually(is_attempted)


async def try_to_write(visit: Visit, headers: dict[str, str]) -> None:
    await visit.post(WEBHOOKS, new_webhook(visit, "https://example.com"), headers=headers)
