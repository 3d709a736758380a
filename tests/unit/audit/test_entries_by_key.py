"""Entries of actions by an API key are chained and archived with entries from before such keys."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from BE.core.types import new_id
from BE.modules.audit.models import Entry, Head, Record, chain, judge_entry
from BE.modules.audit.service.archive_file import write_archive

BY_TOKEN = Record(
    event_id=new_id(),
    event_name="task.created",
    event_version=1,
    occurred_at=datetime(2030, 1, 31, 9, 30, tzinfo=UTC),
    actor_id=new_id(),
    subject_id="subject",
    request_id="request",
    client_ip="192.0.2.1",
    data='{"a":1}',
)
BY_KEY = replace(BY_TOKEN, event_id=new_id(), api_key_id=new_id())


def test_an_entry_without_a_key_is_hashed_as_before_keys_existed() -> None:
    assert json.loads(BY_TOKEN.canonical) == [
        str(BY_TOKEN.event_id),
        "task.created",
        1,
        "2030-01-31T09:30:00.000000+00:00",
        str(BY_TOKEN.actor_id),
        "subject",
        "request",
        "192.0.2.1",
        '{"a":1}',
    ]


def test_the_hash_covers_the_key() -> None:
    [entry] = chain(Head(), [BY_KEY])
    forged = [replace(BY_KEY, api_key_id=None), replace(BY_KEY, api_key_id=new_id())]

    assert json.loads(BY_KEY.canonical)[-1] == str(BY_KEY.api_key_id)
    assert judge_entry(Head(), entry) is None
    assert all(judge_entry(Head(), Entry(entry.head, record)) for record in forged)


async def test_an_archive_keeps_the_key(tmp_path: Path) -> None:
    entries = chain(Head(), [BY_TOKEN, BY_KEY, replace(BY_TOKEN, event_id=new_id())])

    async def all_entries() -> AsyncIterator[Entry]:
        for entry in entries:
            yield entry

    archive = await write_archive(tmp_path / "archive", Head(), entries[-1].head, all_entries())

    assert [*archive.entries()] == entries
