"""Exports over HTTP."""

import io
import json
from typing import Any
from zipfile import ZipFile

import httpx

from tests.support.client import Person
from tests.support.events import eventually

EXPORT = "/api/v1/users/me/export"
EXPORTS = "/api/v1/users/me/exports"


async def request(client: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    answer = await client.post(EXPORT, headers=person.headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def download(client: httpx.AsyncClient, person: Person, export_id: str) -> httpx.Response:
    """Download the export once it is made."""
    answers: list[httpx.Response] = []

    async def has_ended() -> bool:
        answers.append(await client.get(f"{EXPORTS}/{export_id}", headers=person.headers))
        return answers[-1].status_code != 202

    await eventually(has_ended)
    return answers[-1]


async def export(client: httpx.AsyncClient, person: Person) -> dict[str, Any]:
    """The contents of a new export, by part; the explanation as text."""
    job = await request(client, person)
    answer = await download(client, person, job["id"])
    assert answer.status_code == 200, answer.text
    return contents(answer.content)


def contents(zipped: bytes) -> dict[str, Any]:
    with ZipFile(io.BytesIO(zipped)) as file:
        assert file.testzip() is None
        names = file.namelist()
        assert len(names) == len(set(names))
        return {
            name.removesuffix(".json"): json.loads(file.read(name))
            if name.endswith(".json")
            else file.read(name).decode()
            for name in names
        }
