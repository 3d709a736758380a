"""An admin and then a user share a browser with a cache."""

from collections.abc import Awaitable, Callable, Iterator
from string import Formatter
from typing import Any

from tests.support.browser import fetch_in, needs_chromium, page_at
from tests.support.contexts import needs
from tests.support.processes.workers import API, Visitor, Worker

_DIFFERS_EACH_TIME = ("request_id", "timestamp")

pytestmark = [needs("tasks"), needs_chromium]


async def _create(worker: Worker, owner: Visitor, collection: str, **body: str) -> str:
    answer = await worker.client.post(collection, json=body, headers=owner.headers)
    made_id: str = answer.json()["id"]
    return made_id


async def _task_in(worker: Worker, owner: Visitor, collection: str) -> str:
    return await _create(worker, owner, collection, title="Write")


async def _team_in(worker: Worker, owner: Visitor, collection: str) -> str:
    return await _create(worker, owner, collection, name="Engine")


async def _account_of(worker: Worker, owner: Visitor, _: str) -> str:
    account = await worker.client.get(f"{API}/auth/me", headers=owner.headers)
    account_id: str = account.json()["id"]
    return account_id


async def _flag(_worker: Worker, _owner: Visitor, _collection: str) -> str:
    return "tasks_import"


MAKERS: dict[str, Callable[[Worker, Visitor, str], Awaitable[str]]] = {
    "name": _flag,
    "task_id": _task_in,
    "team_id": _team_in,
    "user_id": _account_of,
}
"""How to get an id that belongs to a user, for each path parameter, in the path before it."""


async def _admin(worker: Worker, connection: Any) -> Visitor:
    """A visitor who may read every route."""
    visitor = await worker.register()
    await connection.execute(
        "UPDATE auth.account SET role = 'admin' WHERE email = $1", visitor.email
    )
    return await worker.sign_in(visitor.email)


async def test_the_second_user_reads_the_same_as_without_a_cache(
    workers: list[Worker], connection: Any
) -> None:
    worker, _ = workers
    first, second = await _admin(worker, connection), await worker.register()
    document = (await worker.client.get(f"{API}/openapi.json")).json()
    paths = [await _filled(path, worker, first) for path in _with_etag(document)]

    async with page_at(f"{worker.server.client.base_url}/health/live") as page:
        for path in paths:
            own = await fetch_in(page, path, first.access_token)
            again = await fetch_in(page, path, first.access_token)
            shown = await fetch_in(page, path, second.access_token)

            assert (own["status"], own["etag"] is None) == (200, False), path
            assert again["body"] == own["body"]
            uncached = await worker.client.get(path, headers=second.headers)
            assert shown["status"] == uncached.status_code, path
            assert _comparable(shown["body"]) == _comparable(uncached.json()), path

    assert f"{API}/users/me" in paths


def _with_etag(document: dict[str, Any]) -> Iterator[str]:
    for path, operations in document["paths"].items():
        if "304" in operations.get("get", {"responses": {}})["responses"]:
            yield path


async def _filled(path: str, worker: Worker, owner: Visitor) -> str:
    filled = ""
    for before, name, _, _ in Formatter().parse(path):
        filled += before
        if name:
            filled += await MAKERS[name](worker, owner, filled.rstrip("/"))
    return filled


def _comparable(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _DIFFERS_EACH_TIME}
