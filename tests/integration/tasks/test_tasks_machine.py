"""Arbitrary sequences of calls about tasks: each answer matches a plain model.

``MACHINE_EXAMPLES=1000`` tries as many sequences as a release needs.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import httpx
from fastapi import FastAPI
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from BE.core.types import new_id
from BE.modules.tasks.models import Task, TaskOrder
from config import Settings
from container import Container
from main import create_app
from tests.support.client import client_of, etag_of, running, user_without_account
from tests.support.tasks.api import counts_of
from tests.support.tasks.model import day, filter_of, matches, moment, order_of, ordered, read
from tests.support.tasks.strategies import DETERMINISTIC, changes, drafts, filters, orders

BY_HAND = TaskOrder("position", descending=False)
OLDEST_FIRST = TaskOrder("created_at", descending=False)
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "15"))
STEPS = 50

type Version = Literal["any", "current", "stale"]

versions: st.SearchStrategy[Version] = st.sampled_from(["any", "current", "stale"])
choices = st.integers(0, 9)
operations = st.one_of(
    st.fixed_dictionaries({"op": st.just("create"), "task": drafts}),
    st.fixed_dictionaries(
        {"op": st.just("update"), "which": choices, "version": versions, "changes": changes}
    ),
    st.fixed_dictionaries({"op": st.just("delete"), "which": choices, "version": versions}),
)


class Tasks:
    """The tasks that exist according to the model."""

    def __init__(self) -> None:
        self.present: dict[UUID, Task] = {}
        self.trash: dict[UUID, Task] = {}
        self.deletions: dict[UUID, int] = {}
        """The call that deleted each task: one call may have deleted several."""

    def ordered(self, order: TaskOrder) -> list[Task]:
        return ordered(self.present.values(), order)

    def add(self, task: Task, sent: dict[str, Any]) -> None:
        now = task.created_at
        blank = Task(
            id=task.id,
            owner_id=task.owner_id,
            team_id=None,
            assignee_id=None,
            title="",
            description=None,
            status="todo",
            priority="none",
            due_at=None,
            due_on=None,
            tags=[],
            position=task.position,
            version=1,
            created_at=now,
            updated_at=now,
            completed_at=now if sent.get("status") == "done" else None,
            deleted_at=None,
        )
        assert task == replace(blank, **parsed(sent))
        assert all(other.position < task.position for other in self.present.values())
        self.present[task.id] = task

    def change(self, task: Task, sent: dict[str, Any]) -> None:
        before = self.present[task.id]
        self.present[task.id] = task
        if not sent:
            assert task == before
            return
        was_done, is_done = before.status == "done", task.status == "done"
        completed_at = before.completed_at if was_done else task.updated_at
        assert task.updated_at >= before.updated_at
        assert task == replace(
            before,
            **parsed(sent),
            version=before.version + 1,
            updated_at=task.updated_at,
            completed_at=completed_at if is_done else None,
        )

    def delete(self, task_id: UUID, when: int) -> None:
        task = self.present.pop(task_id)
        self.trash[task_id] = replace(task, version=task.version + 1)
        self.deletions[task_id] = when


def parsed(sent: dict[str, Any]) -> dict[str, Any]:
    read = {"due_at": moment, "due_on": day}
    return sent | {name: read[name](sent[name]) for name in read if sent.get(name)}


class TasksMachine(RuleBasedStateMachine):
    runner: asyncio.Runner
    app: FastAPI
    client: httpx.AsyncClient

    def __init__(self) -> None:
        super().__init__()
        self.owner, self.other = user_without_account(self.app), user_without_account(self.app)
        self.unknown = new_id()
        self.path = "/api/v1/tasks"
        self.tasks = Tasks()
        self.known: list[UUID] = []
        self.answers: dict[str, tuple[str, bytes]] = {}
        self.calls = 0

    @initialize(by_user=st.booleans(), sent=st.lists(drafts, min_size=2, max_size=5))
    def start(self, *, by_user: bool, sent: list[dict[str, Any]]) -> None:
        if by_user:
            self.path = f"/api/v1/users/{self.owner.id}/tasks"
        self.import_tasks(sent, dry_run=False)

    def send(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        self.calls += 1
        headers = self.owner.headers | options.pop("headers", {})
        sending = self.client.request(method, self.path + path, headers=headers, **options)
        return self.runner.run(sending)

    def call(self, status: int, method: str, path: str = "", **options: Any) -> Any:
        answer = self.send(method, path, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def pages(self, path: str = "", **params: Any) -> Iterator[Task]:
        while True:
            page = self.call(200, "GET", path, params=params)
            yield from map(read, page["items"])
            if page["next_cursor"] is None:
                return
            params["cursor"] = page["next_cursor"]

    def chosen(self, which: int) -> UUID:
        """The id of a task that exists or existed, or an unknown one."""
        ids = [*self.known, self.unknown]
        return ids[which % len(ids)]

    def if_match(self, task_id: UUID, version: Version) -> dict[str, str]:
        task = self.tasks.present.get(task_id)
        number = (task.version if task else 1) + (version == "stale")
        return {} if version == "any" else {"If-Match": f'"{number}"'}

    def etag(self, task_id: UUID) -> str:
        task = self.tasks.present.get(task_id)
        return etag_of(task_id, task.version if task else 1)

    def refusal(self, task_id: UUID, version: Version = "any") -> int | None:
        if task_id not in self.tasks.present:
            return 404
        return 412 if version == "stale" else None

    @rule(draft=drafts, key=st.sampled_from(["", "a", "b"]))
    def create(self, draft: dict[str, Any], key: str) -> None:
        body = json.dumps(draft)
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        answer = self.send("POST", content=body, headers=headers)
        if key in self.answers:
            first, content = self.answers[key]
            if body == first:
                assert answer.headers["idempotency-replayed"] == "true"
                assert (answer.status_code, answer.content) == (201, content)
            else:
                assert answer.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
            return
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{self.path}/{answer.json()['id']}"
        self.add_created(read(answer.json()), draft)
        if key:
            self.answers[key] = (body, answer.content)

    @rule(which=choices, version=versions)
    def read(self, which: int, version: Version) -> None:
        task_id = self.chosen(which)
        etag = {"any": '"none"', "current": self.etag(task_id), "stale": '"1"'}[version]
        answer = self.send("GET", f"/{task_id}", headers={"If-None-Match": etag})
        if task_id not in self.tasks.present:
            assert answer.status_code == 404
            return
        task = self.tasks.present[task_id]
        assert answer.headers["etag"] == self.etag(task_id)
        if version == "current":
            assert (answer.status_code, answer.content) == (304, b"")
        else:
            assert read(answer.json()) == task

    @rule(which=choices, version=versions, sent=changes)
    def change(self, which: int, version: Version, sent: dict[str, Any]) -> None:
        task_id = self.chosen(which)
        headers, refused = self.if_match(task_id, version), self.refusal(task_id, version)
        answer = self.call(refused or 200, "PATCH", f"/{task_id}", json=sent, headers=headers)
        if not refused:
            self.tasks.change(read(answer), sent)

    @rule(which=choices, version=versions)
    def delete(self, which: int, version: Version) -> None:
        task_id = self.chosen(which)
        headers, refused = self.if_match(task_id, version), self.refusal(task_id, version)
        self.call(refused or 204, "DELETE", f"/{task_id}", headers=headers)
        if not refused:
            self.tasks.delete(task_id, self.calls)

    @rule(which=choices)
    def restore(self, which: int) -> None:
        task_id = self.chosen(which)
        if task_id not in self.tasks.trash:
            status = 409 if task_id in self.tasks.present else 404
            self.call(status, "POST", f"/{task_id}/restore")
            return
        task = read(self.call(200, "POST", f"/{task_id}/restore"))
        expected = self.tasks.trash.pop(task_id)
        assert task.updated_at > expected.updated_at
        assert task == replace(expected, version=expected.version + 1, updated_at=task.updated_at)
        self.tasks.present[task_id] = task

    @rule(which=choices, anchor=st.none() | choices)
    def move(self, which: int, anchor: int | None) -> None:
        task_id = self.chosen(which)
        after = None if anchor is None else self.chosen(anchor)
        body = {"after": after and str(after)}
        refused = self.refusal(task_id)
        if not refused and after and (after == task_id or after not in self.tasks.present):
            refused = 422
        answer = self.call(refused or 200, "POST", f"/{task_id}/move", json=body)
        if refused:
            return
        task, before = read(answer), self.tasks.present[task_id]
        stayed = task.position == before.position
        assert task == before if stayed else task.updated_at > before.updated_at
        assert task == replace(
            before,
            position=task.position,
            version=before.version + (not stayed),
            updated_at=task.updated_at,
        )
        self.tasks.present[task_id] = task
        ids = [task.id for task in self.tasks.ordered(BY_HAND)]
        assert ids.index(task_id) == (0 if after is None else ids.index(after) + 1)

    @rule(sent=st.lists(operations, min_size=1, max_size=5))
    def bulk(self, sent: list[dict[str, Any]]) -> None:
        body, refused = self.resolve(sent)
        answer = self.call(refused[0] if refused else 200, "POST", "/bulk", json=body)
        if refused:
            assert answer["details"][0]["field"] == refused[1]
            return
        for operation, item in zip(body["operations"], answer["items"], strict=True):
            match operation["op"]:
                case "create":
                    self.add_created(read(item), operation["task"])
                case "update":
                    self.tasks.change(read(item), operation["changes"])
                case "delete":
                    self.tasks.delete(UUID(operation["id"]), self.calls)

    def resolve(self, drawn: list[dict[str, Any]]) -> tuple[dict[str, Any], tuple[int, str] | None]:
        """Return the operations to send, and the refusal of the first that is impossible."""
        versions = {task.id: task.version for task in self.tasks.present.values()}
        operations, refusals = [], []
        for index, operation in enumerate(drawn):
            if operation["op"] == "create":
                operations.append(operation)
                continue
            task_id = self.chosen(operation.pop("which"))
            version, found = operation.pop("version"), versions.get(task_id)
            if_match = None if version == "any" else (found or 1) + (version == "stale")
            operations.append(operation | {"id": str(task_id), "if_match": if_match})
            if found is None:
                refusals.append((404, f"body.operations.{index}.id"))
            elif version == "stale":
                refusals.append((412, f"body.operations.{index}.if_match"))
            elif operation["op"] == "delete":
                del versions[task_id]
            else:
                versions[task_id] = found + bool(operation["changes"])
        return {"operations": operations}, next(iter(refusals), None)

    @rule(sent=st.lists(drafts, max_size=3), dry_run=st.booleans())
    def import_tasks(self, sent: list[dict[str, Any]], *, dry_run: bool) -> None:
        body, made = {"items": sent}, 0 if dry_run else len(sent)
        answer = self.call(200, "POST", "/import", json=body, params={"dry_run": dry_run})

        assert counts_of(answer) == (len(sent), made)
        if made:
            for task, draft in zip(self.listed()[-made:], sent, strict=True):
                self.add_created(task, draft)

    @rule()
    def export(self) -> None:
        items = self.call(200, "GET", "/export", params={"format": "json"})["items"]

        assert list(map(read, items)) == self.tasks.ordered(OLDEST_FIRST)

    @rule()
    def count(self) -> None:
        tasks = self.tasks.present.values()
        stats = self.call(200, "GET", "/stats")

        assert stats["total"] == len(tasks)
        [today] = self.call(200, "GET", "/stats/history", params={"days": 1})["items"]
        assert (today["open"], today["done"]) == (stats["total"] - stats["done"], stats["done"])
        for status in ("todo", "in_progress", "done"):
            assert stats[status] == sum(task.status == status for task in tasks)
        overdue = filter_of({"overdue": True})
        assert stats["overdue"] == sum(matches(task, overdue, datetime.now(UTC)) for task in tasks)

    @rule(which=choices, call=st.sampled_from([("GET", ""), ("PATCH", ""), ("POST", "/restore")]))
    def call_as_another_user(self, which: int, call: tuple[str, str]) -> None:
        method, path = call
        body = {"title": "mine"} if method == "PATCH" else None
        answer = self.send(
            method, f"/{self.chosen(which)}{path}", json=body, headers=self.other.headers
        )

        assert answer.status_code == (403 if "users" in self.path else 404)

    @rule(where=filters, order=orders, limit=st.integers(1, 5))
    def find(self, where: dict[str, Any], order: dict[str, Any], limit: int) -> None:
        wanted, now = filter_of(where), datetime.now(UTC)
        expected = [
            task for task in self.tasks.ordered(order_of(order)) if matches(task, wanted, now)
        ]

        assert list(self.pages(**where, **order, limit=limit)) == expected

    @invariant()
    def nothing_else_has_changed(self) -> None:
        assert self.listed() == self.tasks.ordered(BY_HAND)

        trash = list(self.pages("/trash", limit=100))
        kept = self.tasks.trash
        assert {task.id for task in trash} == kept.keys()
        assert all(task.deleted_at == task.updated_at for task in trash)
        assert [
            replace(task, updated_at=kept[task.id].updated_at, deleted_at=None) for task in trash
        ] == [kept[task.id] for task in trash]
        deletions = [self.tasks.deletions[task.id] for task in trash]
        assert deletions == sorted(deletions, reverse=True)

    def listed(self) -> list[Task]:
        return list(self.pages(sort_by="position", limit=100))

    def add_created(self, task: Task, sent: dict[str, Any]) -> None:
        self.tasks.add(task, sent)
        self.known.append(task.id)


def test_every_answer_matches_the_model(dsn: str, base_settings: Settings) -> None:
    configured = base_settings.model_copy(update={"database_url": dsn})
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            app = create_app(Container(settings=configured))
            runner.run(stack.enter_async_context(running(app)))
            client = runner.run(stack.enter_async_context(client_of(app)))
            parts = {"runner": runner, "app": app, "client": client}
            bounds = settings(DETERMINISTIC, max_examples=EXAMPLES, stateful_step_count=STEPS)
            run_state_machine_as_test(type("Machine", (TasksMachine,), parts), settings=bounds)
        finally:
            runner.run(stack.aclose())
