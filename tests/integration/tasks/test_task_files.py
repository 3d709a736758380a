import csv
import io
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]

from BE.core.database.database import Database
from BE.core.exceptions import UnavailableError
from BE.core.http.streaming import ResponseCutOff
from BE.modules.tasks.service import tasks as service
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, user_without_account
from tests.support.tasks.api import TASKS, counts_of, create
from tests.support.tasks.strategies import DETERMINISTIC, changes

CONTENT = ("title", "description", "status", "priority", "due_at", "due_on", "tags")
LONG = "\N{GRINNING FACE}" * 10_000
CSV, JSON = {"Content-Type": "text/csv"}, {"Content-Type": "application/json"}


async def export(client: httpx.AsyncClient, owner: Person, form: str) -> bytes:
    answer = await client.get(f"{TASKS}/export", params={"format": form}, headers=owner.headers)
    assert answer.status_code == 200
    return answer.content


async def import_tasks(
    client: httpx.AsyncClient, owner: Person, body: bytes | str, **options: Any
) -> httpx.Response:
    kind = options.pop("kind", CSV)
    path = f"{TASKS}/import"
    return await client.post(path, content=body, headers=owner.headers | kind, params=options)


async def tasks_in_order(client: httpx.AsyncClient, owner: Person) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"sort_by": "position", "limit": 100}
    items = (await client.get(TASKS, params=params, headers=owner.headers)).json()["items"]
    return [{name: task[name] for name in CONTENT} for task in items]


class TestExport:
    async def test_json_has_every_task_unchanged(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        tasks = [await create(client, ada, title=str(number)) for number in range(3)]
        gone = await create(client, ada)
        await client.delete(f"{TASKS}/{gone['id']}", headers=ada.headers)
        await create(client, bob)

        assert json.loads(await export(client, ada, "json")) == {"items": tasks}

    async def test_csv_has_a_row_of_names_and_a_row_for_each_task(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        task = await create(
            client,
            ada,
            title='=HYPERLINK("http://example.com")',
            description="two\r\nlines, and a comma",
            tags=["home", "a, b"],
            due_at="2030-01-31T09:30:00.5Z",
        )

        answer = await client.get(f"{TASKS}/export", headers=ada.headers)
        names, row = csv.reader(io.StringIO(answer.text, newline=""))

        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="tasks.csv"'
        assert names == list(task)
        assert dict(zip(names, row, strict=True)) == task | {
            "title": '\'=HYPERLINK("http://example.com")',
            "tags": 'home,"a, b"',
            "team_id": "",
            "assignee_id": "",
            "due_on": "",
            "version": "1",
            "completed_at": "",
            "deleted_at": "",
        }

    @pytest.mark.parametrize("form", ["csv", "json"])
    async def test_without_tasks_is_empty(
        self, client: httpx.AsyncClient, ada: Person, form: str
    ) -> None:
        body = await export(client, ada, form)

        assert (
            await import_tasks(client, ada, body, kind=JSON if form == "json" else CSV)
        ).json() == {
            "rows": 0,
            "imported": 0,
            "ids": [],
            "preview": [],
        }

    async def test_continues_over_many_batches(
        self, client: httpx.AsyncClient, ada: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_EXPORTED_TOGETHER", 2)
        tasks = [await create(client, ada, title=str(number)) for number in range(7)]

        assert json.loads(await export(client, ada, "json")) == {"items": tasks}
        assert len((await export(client, ada, "csv")).splitlines()) == 8

    async def test_an_unknown_format_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get(f"{TASKS}/export?format=xml", headers=ada.headers)

        assert answer.status_code == 422

    async def test_an_early_failure_is_an_error_and_a_late_one_cuts_the_response_off(
        self, build_app: AppFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "_EXPORTED_TOGETHER", 1)
        async with build_app() as app, client_of(app) as client:
            ada = user_without_account(app)
            for _ in range(3):
                await create(client, ada, description=LONG)
            repository = app.state.container.task_repository()
            find, left = repository.find, 0

            async def failing(*arguments: Any, **options: Any) -> Any:
                nonlocal left
                left -= 1
                if left < 0:
                    raise UnavailableError
                return await find(*arguments, **options)

            repository.find = failing
            early = await client.get(f"{TASKS}/export", headers=ada.headers)
            sent: list[dict[str, Any]] = []
            left = 2
            with pytest.raises(ResponseCutOff):
                await app(*_request(f"{TASKS}/export", ada, sent))

        assert early.status_code == 503
        assert sent[0]["status"] == 200
        assert not any(message.get("more_body") is False for message in sent[1:])


def _request(path: str, person: Person, sent: list[dict[str, Any]]) -> Any:
    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"authorization", person.headers["Authorization"].encode())],
        "client": ("127.0.0.1", 1),
        "server": ("service.test", 443),
    }
    return scope, receive, send


class TestRoundTrip:
    @given(
        sent=st.lists(changes, max_size=4),
        odd=st.lists(st.text(st.sampled_from("=+-@'\" ,;|aé\u200b"), max_size=5), max_size=4),
        moved=st.booleans(),
        form=st.sampled_from(["csv", "json"]),
    )
    @DETERMINISTIC
    async def test_gives_the_same_tasks_in_the_same_order(
        self,
        app: FastAPI,
        client: httpx.AsyncClient,
        sent: list[dict[str, Any]],
        odd: list[str],
        moved: bool,  # noqa: FBT001 - drawn
        form: str,
    ) -> None:
        ada, bob = user_without_account(app), user_without_account(app)
        made = [await create(client, ada, **fields) for fields in sent]
        for text in odd:
            named = text if text.strip(" \u200b") else "x"
            fields = {"title": named, "description": text, "tags": [named]}
            made.append(await create(client, ada, **fields))
        if moved and made:
            path = f"{TASKS}/{made[-1]['id']}/move"
            await client.post(path, json={"after": None}, headers=ada.headers)

        body = await export(client, ada, form)
        answer = await import_tasks(client, bob, body, kind=JSON if form == "json" else CSV)

        assert counts_of(answer.json()) == (len(made), len(made))
        assert await tasks_in_order(client, bob) == await tasks_in_order(client, ada)


class TestImport:
    async def test_accepts_what_people_write(self, client: httpx.AsyncClient, ada: Person) -> None:
        body = "\ufefftags,title,due_at\n,a,\n\n'home, work','Tis b,2030-01-01T00:00:00Z\n"
        body = body.replace("'home, work'", '"home, work"')

        answer = await import_tasks(client, ada, body)

        assert counts_of(answer.json()) == (2, 2)
        assert [(task["title"], task["tags"]) for task in await tasks_in_order(client, ada)] == [
            ("a", []),
            ("'Tis b", ["home", "work"]),
        ]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
    @pytest.mark.parametrize(
        ("separator", "kind"),
        [
            (",", "text/csv;charset=utf-8"),
            (";", "application/vnd.ms-excel"),
            ("\t", "text/tab-separated-values"),
        ],
    )
    async def test_accepts_what_spreadsheets_write(
        self, client: httpx.AsyncClient, ada: Person, encoding: str, separator: str, kind: str
    ) -> None:
        body = f'title{separator}tags\r\nGröße{separator}"home, work"\r\n'.encode(encoding)

        answer = await import_tasks(client, ada, body, kind={"Content-Type": kind})

        assert counts_of(answer.json()) == (1, 1)
        [task] = await tasks_in_order(client, ada)
        assert (task["title"], task["tags"]) == ("Größe", ["home", "work"])

    async def test_an_export_fits_the_documented_body(
        self, app: FastAPI, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await create(client, ada, title="a")
        document = app.openapi()
        [body] = [
            path["post"]["requestBody"]["content"]["application/json"]
            for name, path in document["paths"].items()
            if name == f"{TASKS}/import"
        ]
        schema = body["schema"] | {"components": document["components"]}

        exported = json.loads(await export(client, ada, "json"))

        Draft202012Validator(schema).validate(exported)
        with pytest.raises(ValidationError):
            Draft202012Validator(schema).validate({"items": [{"title": "a", "colour": 1}]})

    async def test_accepts_what_people_write_carelessly(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        body = " Title ;PRIORITY;Due_On;;\r\n a ; High ; 2030-01-31 ;;\r\n"

        answer = await import_tasks(client, ada, body)

        assert counts_of(answer.json()) == (1, 1)
        [task] = await tasks_in_order(client, ada)
        assert [task[name] for name in ("title", "priority", "due_on")] == [
            "a",
            "high",
            "2030-01-31",
        ]

    @pytest.mark.parametrize(
        ("body", "cells", "separator"),
        [
            ("title\nBuy milk, bread\n", "2 cells, the first row names 1 columns", "commas"),
            ("title;tags\na;b;c\n", "3 cells, the first row names 2 columns", "semicolons"),
        ],
    )
    async def test_a_row_that_is_too_long_is_reported_with_how_it_was_read(
        self, client: httpx.AsyncClient, ada: Person, body: str, cells: str, separator: str
    ) -> None:
        [detail] = (await import_tasks(client, ada, body)).json()["details"]

        assert (detail["field"], detail["type"]) == ("body.row.2", "columns")
        assert cells in detail["message"]
        assert separator in detail["message"]

    async def test_names_the_separator_and_the_encoding_that_it_detected(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await import_tasks(client, ada, "title|tags;a\nGröße|b\n".encode("cp1252"))

        assert answer.status_code == 422
        [detail] = answer.json()["details"]
        assert "windows-1252 with semicolons" in detail["message"]

    async def test_a_dry_run_checks_the_rows_and_creates_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        good = await import_tasks(client, ada, "title\na\n", dry_run=True)
        bad = await import_tasks(client, ada, "title,status\na,x\n", dry_run=True)

        assert counts_of(good.json()) == (1, 0)
        assert bad.status_code == 422
        assert await tasks_in_order(client, ada) == []

    async def test_a_dry_run_shows_the_first_tasks_and_an_import_none(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        body = 'title,priority,due_on,tags\nWrite,High,2030-01-31,"home,a"\n' + "More\n" * 20
        dry = await import_tasks(client, ada, body, dry_run=True)
        wet = await import_tasks(client, ada, body)

        first, *others = dry.json()["preview"]
        assert first == {
            "title": "Write",
            "description": None,
            "status": "todo",
            "priority": "high",
            "due_at": None,
            "due_on": "2030-01-31",
            "tags": ["home", "a"],
        }
        assert [task["title"] for task in others] == ["More"] * 9
        assert wet.json()["preview"] == []

    async def test_names_every_invalid_row_and_column_and_creates_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        rows = [
            "title,status,due_at,tags",
            "ok,,,",
            ",x,,",
            "",
            "b,,tomorrow,",
            'c,,,"a,,b"',
            "d,,,,e",
        ]
        table = await import_tasks(client, ada, "\n".join(rows))
        items: list[Any] = [{"title": "ok"}, {}, {"title": "a", "tags": ["\x00"], "colour": 1}, 7]
        listed = await import_tasks(client, ada, json.dumps({"items": items}), kind=JSON)

        assert table.status_code == listed.status_code == 422
        assert table.json()["error"] == "4 of 5 tasks are not valid"
        assert [detail["field"] for detail in table.json()["details"]] == [
            "body.row.3.title",
            "body.row.3.status",
            "body.row.5.due_at",
            "body.row.6.tags.1",
            "body.row.7",
        ]
        assert [detail["field"] for detail in listed.json()["details"]] == [
            "body.items.1.title",
            "body.items.2.tags.0",
            "body.items.2.colour",
            "body.items.3",
        ]
        assert await tasks_in_order(client, ada) == []

    async def test_all_faults_are_counted_and_a_limited_number_is_named(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await import_tasks(client, ada, "title,status,priority\n" + "a,x,x\n" * 1000)

        assert answer.json()["error"] == "1000 of 1000 tasks are not valid"
        assert len(answer.json()["details"]) == 1000

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_too_many_empty_rows_are_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        dry_run: bool,  # noqa: FBT001 - a parameter
    ) -> None:
        answer = await import_tasks(client, ada, "title\n" + "\n" * 500_000, dry_run=dry_run)

        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
        assert "split it" in answer.json()["error"]
        assert [detail["field"] for detail in answer.json()["details"]] == ["body.row.10001"]
        assert await tasks_in_order(client, ada) == []

    @pytest.mark.parametrize("kind", [CSV, JSON], ids=["csv", "json"])
    async def test_a_thousand_tasks_are_accepted(
        self, client: httpx.AsyncClient, ada: Person, kind: dict[str, str]
    ) -> None:
        listed = json.dumps({"items": [{"title": "a"}] * 1000})
        body = "title\n\n" + "a\n" * 1000 if kind is CSV else listed

        answer = await import_tasks(client, ada, body, kind=kind)

        assert counts_of(answer.json()) == (1000, 1000)

    @pytest.mark.parametrize(
        "header",
        ["", "status", "title,title", "title,Title", "title,colour", "title,,tags", '"ti\x00tle"'],
    )
    async def test_columns_must_be_known(
        self, client: httpx.AsyncClient, ada: Person, header: str
    ) -> None:
        answer = await import_tasks(client, ada, f"{header}\na,b\n")

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "body.row.1"

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"\xff\xfe", CSV, 422),
            (b"title\n\x81", CSV, 400),
            (b"\xff\xfet", CSV, 400),
            (b'title\n"a', CSV, 400),
            (b"{", JSON, 400),
            (b'{"items": [{"title": "a", "title": "b"}]}', JSON, 400),
            (b"[]", JSON, 422),
            (b"null", JSON, 422),
            (b'{"items": {}}', JSON, 422),
            (b'{"items": [], "more": 1}', JSON, 422),
            (b'{"items": [{"title": "a", "due_at": NaN}]}', JSON, 422),
            (b'{"items": ' + b"[" * 50 + b"]" * 50 + b"}", JSON, 422),
            (b'{"items": [{"title": "\\ud800"}]}', JSON, 422),
            (b"", JSON, 400),
            (b"title\na", {}, 415),
            (b"title\na", {"Content-Type": "application/xml"}, 415),
        ],
    )
    async def test_an_invalid_body_is_refused(
        self,
        client: httpx.AsyncClient,
        ada: Person,
        body: bytes,
        kind: dict[str, str],
        status: int,
    ) -> None:
        answer = await import_tasks(client, ada, body, kind=kind)

        assert answer.status_code == status
        assert await tasks_in_order(client, ada) == []

    async def test_is_all_or_nothing(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        """The last of several statements fails."""
        await database.execute(
            "ALTER TABLE tasks.task ADD CONSTRAINT poison CHECK (title <> 'poison')"
        )
        try:
            answer = await import_tasks(client, ada, "title\n" + "a\n" * 700 + "poison\n")
        finally:
            await database.execute("ALTER TABLE tasks.task DROP CONSTRAINT poison")

        assert answer.status_code == 422
        assert await tasks_in_order(client, ada) == []
