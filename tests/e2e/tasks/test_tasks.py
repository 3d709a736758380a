"""Tasks in two server processes: concurrent writes, repeated requests, and kills in between.

``RACE_ROUNDS=100`` repeats the races as often as a release needs.
"""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from tests.support.processes.gates import DEFERRED, gate
from tests.support.processes.workers import API, ROUNDS, Visitor, Worker

TASKS = f"{API}/tasks"
WRITERS, SENDERS = 20, 30
TASK = {"title": "Write"}
CREATING: dict[str, Any] = {
    "": TASK,
    "/bulk": {"operations": [{"op": "create", "task": TASK}]},
    "/import": {"items": [TASK]},
}


async def send(worker: Worker, owner: Visitor, key: str, path: str = "") -> httpx.Response:
    headers = owner.headers | {"Idempotency-Key": key}
    return await worker.client.post(TASKS + path, json=CREATING[path], headers=headers)


async def total(worker: Worker, owner: Visitor) -> int:
    answer = await worker.client.get(f"{TASKS}/stats", headers=owner.headers)
    found: int = answer.json()["total"]
    return found


@pytest.mark.parametrize("path", CREATING)
@pytest.mark.parametrize(
    ("when", "is_done"),
    [("", False), (DEFERRED, True)],
    ids=["before the commit", "after the commit, before the answer"],
)
async def test_a_retry_after_a_kill_has_no_second_effect(
    workers: list[Worker], doomed: Worker, connection: Any, path: str, when: str, *, is_done: bool
) -> None:
    owner = await workers[0].register()
    async with gate(connection, f"INSERT ON tasks.task {when}") as gated:
        sending = asyncio.ensure_future(send(doomed, owner, "key", path))
        await gated()
        doomed.server.kill()
    with pytest.raises(httpx.TransportError):
        await sending
    assert await total(workers[0], owner) == int(is_done)

    again, once_more = [await send(worker, owner, "key", path) for worker in workers]

    assert again.is_success
    assert ("idempotency-replayed" in again.headers) == is_done
    assert once_more.headers["idempotency-replayed"] == "true"
    assert again.content == once_more.content
    assert await total(workers[0], owner) == 1


@pytest.mark.parametrize("path", CREATING)
async def test_concurrent_requests_with_one_key_create_one_task(
    workers: list[Worker], path: str
) -> None:
    owner = await workers[0].register()
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(send(workers[sender % 2], owner, f"key {number}", path) for sender in range(SENDERS))
        )

        answered = {answer.content for answer in answers if answer.is_success}
        refused = [answer.json()["code"] for answer in answers if not answer.is_success]
        assert len(answered) == 1
        assert set(refused) <= {"IDEMPOTENCY_IN_FLIGHT"}
        assert await total(workers[0], owner) == number + 1


async def test_one_of_many_writers_of_a_version_succeeds(workers: list[Worker]) -> None:
    owner = await workers[0].register()
    made = await workers[0].client.post(TASKS, json=TASK, headers=owner.headers)
    path = made.headers["location"]
    for version in range(1, ROUNDS + 1):
        headers = owner.headers | {"If-Match": f'"{version}"'}
        answers = await asyncio.gather(
            *(
                workers[writer % 2].client.patch(
                    path, json={"title": f"{version} by {writer}"}, headers=headers
                )
                for writer in range(WRITERS)
            )
        )

        statuses = Counter(answer.status_code for answer in answers)
        assert statuses == {200: 1, 412: WRITERS - 1}
        (won,) = [answer.json() for answer in answers if answer.is_success]
        assert (await workers[1].client.get(path, headers=owner.headers)).json() == won
