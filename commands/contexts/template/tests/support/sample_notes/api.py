"""Sample notes over HTTP, and a draft of one."""

from typing import Any

import httpx

from BE.modules.sample_notes.models import SampleNoteDraft
from tests.support.client import Person

SAMPLE_NOTES = "/api/v1/sample-notes"
DRAFT: SampleNoteDraft = {"title": "a", "description": None}


async def add(client: httpx.AsyncClient, owner: Person, **fields: Any) -> dict[str, Any]:
    body = {"title": "The first one"} | fields
    answer = await client.post(SAMPLE_NOTES, json=body, headers=owner.headers)
    assert answer.status_code == 201, answer.text
    sample_note: dict[str, Any] = answer.json()
    return sample_note
