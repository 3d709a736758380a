"""The files of an export: a row or an item for each task, written as they are read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from BE.core.http.responses import to_json
from BE.core.http.spreadsheet import to_cell, to_csv
from BE.modules.tasks.models import Task
from BE.modules.tasks.schemas.responses import TaskResponse

COLUMNS = tuple(TaskResponse.model_fields)


async def export_csv(tasks: AsyncIterator[Task]) -> AsyncIterator[bytes]:
    """A row of column names, then a row per task; the tags are CSV inside their cell."""
    yield to_csv([COLUMNS]).encode()
    async for task in tasks:
        yield to_csv([[_cell(getattr(task, name)) for name in COLUMNS]]).encode()


async def export_json(tasks: AsyncIterator[Task]) -> AsyncIterator[bytes]:
    """``{"items": [...]}``, like a page without a cursor."""
    yield b'{"items":['
    comma = b""
    async for task in tasks:
        yield comma + to_json(task)
        comma = b","
    yield b"]}"


def _cell(value: Any) -> str:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list():
            return to_cell(to_csv([value]).removesuffix("\r\n") if value else None)
        case str() | None:
            return to_cell(value)
    return str(value)
