import httpx
import pytest

from tests.support.client import Person
from tests.support.tasks.api import TASKS, counts_of, create


async def test_the_tags_in_use_are_counted(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    for tags in (["home", "é"], ["home"], ["work"], []):
        await create(client, ada, tags=tags)
    gone = await create(client, ada, tags=["gone", "home"])
    await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
    await create(client, bob, tags=["bob"])

    answer = await client.get(f"{TASKS}/tags", headers=ada.headers)

    assert answer.json() == {
        "items": [
            {"tag": "home", "tasks": 2},
            {"tag": "work", "tasks": 1},
            {"tag": "é", "tasks": 1},
        ]
    }


async def test_the_trash_shows_when_a_task_was_deleted(
    client: httpx.AsyncClient, ada: Person
) -> None:
    task = await create(client, ada)
    await client.delete(f"{TASKS}/{task['id']}", headers=ada.headers)

    [trashed] = (await client.get(f"{TASKS}/trash", headers=ada.headers)).json()["items"]
    restored = await client.post(f"{TASKS}/{task['id']}/restore", headers=ada.headers)

    assert task["deleted_at"] is None
    assert trashed["deleted_at"] > task["created_at"]
    assert restored.json()["deleted_at"] is None


async def test_several_tasks_are_restored_together_or_none(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    ids = [(await create(client, ada))["id"] for _ in range(3)]
    theirs = (await create(client, bob))["id"]
    await client.delete(f"{TASKS}/{theirs}", headers=bob.headers)
    for task_id in ids[:2]:
        await client.delete(f"{TASKS}/{task_id}", headers=ada.headers)

    async def restore(*wanted: str) -> httpx.Response:
        path = f"{TASKS}/trash/restore"
        return await client.post(path, json={"ids": wanted}, headers=ada.headers)

    not_in_trash = await restore(ids[0], ids[2])
    unknown = await restore(ids[0], ids[1], theirs)
    kept = (await client.get(f"{TASKS}/trash", headers=ada.headers)).json()["items"]
    restored = await restore(ids[1], ids[0])

    assert (not_in_trash.status_code, unknown.status_code) == (409, 404)
    assert not_in_trash.json()["details"][0]["field"] == "body.ids.1"
    assert unknown.json()["details"][0]["field"] == "body.ids.2"
    assert len(kept) == 2
    assert [(task["id"], task["version"]) for task in restored.json()["items"]] == [
        (ids[1], 3),
        (ids[0], 3),
    ]
    assert (await client.get(f"{TASKS}/trash", headers=ada.headers)).json()["items"] == []


@pytest.mark.parametrize("ids", [[], ["x"], None, ["00000000-0000-7000-8000-000000000000"] * 501])
async def test_an_invalid_list_of_ids_is_refused(
    client: httpx.AsyncClient, ada: Person, ids: object
) -> None:
    answer = await client.post(f"{TASKS}/trash/restore", json={"ids": ids}, headers=ada.headers)

    assert answer.status_code == 422


async def test_the_trash_can_be_emptied(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    kept, gone = await create(client, ada, title="kept"), await create(client, ada)
    theirs = await create(client, bob)
    await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
    await client.delete(f"{TASKS}/{theirs['id']}", headers=bob.headers)

    answers = [await client.delete(f"{TASKS}/trash", headers=ada.headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert (await client.get(f"{TASKS}/trash", headers=ada.headers)).json()["items"] == []
    restored = await client.post(f"{TASKS}/{gone['id']}/restore", headers=ada.headers)
    assert restored.status_code == 404
    listed = (await client.get(TASKS, headers=ada.headers)).json()["items"]
    assert [task["id"] for task in listed] == [kept["id"]]
    assert len((await client.get(f"{TASKS}/trash", headers=bob.headers)).json()["items"]) == 1


@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_import_names_the_tasks_that_it_created(
    client: httpx.AsyncClient,
    ada: Person,
    dry_run: bool,  # noqa: FBT001 - a parameter
) -> None:
    answer = await client.post(
        f"{TASKS}/import",
        json={"items": [{"title": "a"}, {"title": "b"}]},
        params={"dry_run": dry_run},
        headers=ada.headers,
    )

    assert counts_of(answer.json()) == (2, 0 if dry_run else 2)
    titles = [
        (await client.get(f"{TASKS}/{task_id}", headers=ada.headers)).json()["title"]
        for task_id in answer.json()["ids"]
    ]
    assert titles == ([] if dry_run else ["a", "b"])
