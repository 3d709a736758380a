"""Messages to receivers, and the consequences when a receiver fails."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.client import Person, sign_up
from tests.support.events import eventually, holds, pass_an_hour
from tests.support.mailbox import mails_to, text_of
from tests.support.tasks import api as tasks
from tests.support.webhooks.api import attempts_of, create, let_waits_pass, path_of
from tests.support.webhooks.receiver import Delivery, Receiver, receiving


async def wait_for_attempts(
    client: httpx.AsyncClient, owner: Person, webhook: dict[str, Any], count: int
) -> list[dict[str, Any]]:
    """Wait until ``count`` attempts have been made; the newest first."""
    found: list[dict[str, Any]] = []

    async def are_made() -> bool:
        found[:] = await attempts_of(client, owner, webhook)
        return len(found) >= count

    await eventually(are_made)
    return found


async def test_a_receiver_gets_a_message_that_it_can_verify(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver
) -> None:
    webhook = await create(client, ada, receiver.url)
    task = await tasks.create(client, ada)
    await eventually(lambda: receiver.has(1))
    event = receiver.deliveries[0].verified(webhook["secret"])

    assert event["type"] == "task.created"
    assert event["timestamp"].endswith("Z")
    assert event["data"] == {"id": task["id"], "version": 1, "team_id": None}
    assert receiver.deliveries[0].headers["content-type"] == "application/json"


async def test_only_the_chosen_events_of_the_owner_are_sent(
    client: httpx.AsyncClient, ada: Person, bob: Person, receiver: Receiver
) -> None:
    webhook = await create(client, ada, receiver.url, "task.deleted")
    await tasks.create(client, bob)
    task = await tasks.create(client, ada)
    await client.delete(f"{tasks.TASKS}/{task['id']}", headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 1)
    sent = [delivery.verified(webhook["secret"]) for delivery in receiver.deliveries]

    assert [(event["type"], event["data"]["id"]) for event in sent] == [
        ("task.deleted", task["id"])
    ]


async def test_a_failed_message_is_retried_with_its_id(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database
) -> None:
    receiver.respond_with("500 Oops")
    webhook = await create(client, ada, receiver.url)
    await tasks.create(client, ada)
    await wait_for_attempts(client, ada, webhook, 1)
    failing = (await client.get(path_of(webhook), headers=ada.headers)).json()
    receiver.respond_with("204 No Content")
    await let_waits_pass(database)
    attempts = await wait_for_attempts(client, ada, webhook, 2)
    read = (await client.get(path_of(webhook), headers=ada.headers)).json()

    assert [(attempt["status"], attempt["error"]) for attempt in attempts] == [
        (204, None),
        (500, None),
    ]
    assert len({delivery.id for delivery in receiver.deliveries}) == 1
    assert failing["failing_since"] is not None
    assert read["failing_since"] is None


async def test_a_delivered_message_is_not_sent_again(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database
) -> None:
    webhook = await create(client, ada, receiver.url)
    await tasks.create(client, ada)
    await wait_for_attempts(client, ada, webhook, 1)
    await let_waits_pass(database)
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    attempts = await wait_for_attempts(client, ada, webhook, 2)

    assert [attempt["event"] for attempt in attempts] == ["webhook.test", "task.created"]


async def test_a_redirect_is_a_failure_and_not_followed(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver
) -> None:
    async with receiving() as other:
        receiver.respond_with(f"307 Temporary Redirect\r\nLocation: {other.url}")
        webhook = await create(client, ada, receiver.url)
        await tasks.create(client, ada)
        [attempt] = await wait_for_attempts(client, ada, webhook, 1)
        read = (await client.get(path_of(webhook), headers=ada.headers)).json()

    assert attempt["status"] == 307
    assert other.deliveries == []
    assert read["failing_since"] is not None


async def test_a_kilobyte_of_the_answer_is_kept(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver
) -> None:
    receiver.answer_body = "x" * 100_000
    webhook = await create(client, ada, receiver.url)
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    [attempt] = await wait_for_attempts(client, ada, webhook, 1)

    assert (attempt["status"], attempt["error"]) == (200, None)
    assert attempt["answer"] == "x" * 1024


async def test_an_attempt_at_an_unreachable_receiver_has_an_error(
    client: httpx.AsyncClient, ada: Person
) -> None:
    async with receiving() as gone:
        pass
    webhook = await create(client, ada, gone.url)
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    [attempt] = await wait_for_attempts(client, ada, webhook, 1)

    assert attempt["status"] is None
    assert attempt["error"]


async def test_a_receiver_that_is_gone_is_switched_off_with_a_mail(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, receiver: Receiver
) -> None:
    receiver.respond_with("410 Gone")
    webhook = await create(client, ada, receiver.url)
    await tasks.create(client, ada)
    await wait_for_attempts(client, ada, webhook, 1)
    read = (await client.get(path_of(webhook), headers=ada.headers)).json()
    directory = app.state.container.settings().mail_dir

    async def is_mailed() -> bool:
        return any("410" in text_of(mail) for mail in mails_to(ada.email, directory))

    await eventually(is_mailed)

    assert not read["enabled"]


async def test_five_days_of_failure_switch_a_webhook_off(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database
) -> None:
    receiver.respond_with("500 Oops")
    webhook = await create(client, ada, receiver.url)
    await tasks.create(client, ada)
    await wait_for_attempts(client, ada, webhook, 1)
    await database.execute(
        "UPDATE webhooks.webhook SET failing_since = now() - interval '4 days 23 hours'"
    )
    await let_waits_pass(database)
    await wait_for_attempts(client, ada, webhook, 2)
    before = (await client.get(path_of(webhook), headers=ada.headers)).json()
    await database.execute("UPDATE webhooks.webhook SET failing_since = now() - interval '5 days'")
    await let_waits_pass(database)
    await wait_for_attempts(client, ada, webhook, 3)
    after = (await client.get(path_of(webhook), headers=ada.headers)).json()

    assert (before["enabled"], after["enabled"]) == (True, False)
    assert await database.fetchval("SELECT count(due_at) FROM webhooks.message") == 0


async def test_both_secrets_are_valid_for_a_day(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database
) -> None:
    webhook = await create(client, ada, receiver.url)
    new = (await client.post(f"{path_of(webhook)}/secret", headers=ada.headers)).json()["secret"]
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 1)
    await database.execute("UPDATE webhooks.webhook SET old_secret_until = now()")
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 2)
    first, second = receiver.deliveries

    assert first.verified(webhook["secret"]) == first.verified(new)
    assert second.verified(new)["type"] == "webhook.test"
    assert second.headers["webhook-signature"].count("v1,") == 1


async def test_a_message_is_resent_on_demand_with_its_id(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver
) -> None:
    webhook = await create(client, ada, receiver.url)
    await tasks.create(client, ada)
    [attempt] = await wait_for_attempts(client, ada, webhook, 1)
    path = f"{path_of(webhook)}/attempts/{attempt['id']}/resend"
    answer = await client.post(path, headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 2)

    assert answer.status_code == 202
    assert len({delivery.id for delivery in receiver.deliveries}) == 1


@pytest.mark.parametrize("ordered", [True, False])
async def test_an_ordered_message_waits_for_the_previous_one_about_its_task(
    client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database, *, ordered: bool
) -> None:
    webhook = await create(
        client, ada, receiver.url, "task.created", "task.changed", ordered=ordered
    )

    async def refuse_created(delivery: Delivery) -> str:
        return "500 Oops" if "task.created" in delivery.body else "200 OK"

    receiver.answer = refuse_created
    task = await tasks.create(client, ada)
    await wait_for_attempts(client, ada, webhook, 1)
    await client.patch(f"{tasks.TASKS}/{task['id']}", json={"title": "Other"}, headers=ada.headers)
    other = await tasks.create(client, ada)
    await eventually(
        lambda: holds(
            receiver.was_sent(other["id"]) and (ordered or receiver.was_sent("task.changed"))
        )
    )
    changed_was_sent = receiver.was_sent("task.changed")
    receiver.respond_with("200 OK")
    await let_waits_pass(database)
    await eventually(lambda: holds(receiver.was_sent("task.changed")))

    assert changed_was_sent is not ordered


async def test_slow_receivers_delay_no_other(
    app: FastAPI, client: httpx.AsyncClient, receiver: Receiver
) -> None:
    """There are more slow receivers than concurrent jobs."""
    release = asyncio.Event()

    async def hang(_: Delivery) -> str:
        await release.wait()
        return "200 OK"

    async with receiving() as slow:
        slow.answer = hang
        people = [await sign_up(client) for _ in range(app.state.container.settings().jobs_at_once)]
        for person in people:
            for _ in range(2):
                webhook = await create(client, person, slow.url)
                await client.post(f"{path_of(webhook)}/test", headers=person.headers)
        await eventually(lambda: slow.has(2 * len(people)))
        ada = await sign_up(client)
        webhook = await create(client, ada, receiver.url)
        await tasks.create(client, ada)
        await wait_for_attempts(client, ada, webhook, 1)
        release.set()

    assert len(receiver.deliveries) == 1


async def test_old_attempts_are_deleted(
    app: FastAPI, client: httpx.AsyncClient, ada: Person, receiver: Receiver, database: Database
) -> None:
    webhook = await create(client, ada, receiver.url)
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 1)
    await database.execute("UPDATE webhooks.attempt SET made_at = now() - interval '31 days'")
    await client.post(f"{path_of(webhook)}/test", headers=ada.headers)
    await wait_for_attempts(client, ada, webhook, 2)
    await pass_an_hour(app)

    async def is_deleted() -> bool:
        return len(await attempts_of(client, ada, webhook)) == 1

    await eventually(is_deleted)
