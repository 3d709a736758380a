"""The files of an import: an export, or tasks written like one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, cast

from pydantic import ConfigDict, ValidationError

from BE.core.exceptions import Detail, DomainError, InvalidInputError
from BE.core.http.csv_files import CsvFile
from BE.core.http.faults import detail_of
from BE.core.http.json_bodies import value_of
from BE.core.http.spreadsheet import from_cell, split_cell
from BE.core.types import RequestSchema, text
from BE.modules.tasks.exceptions import FileRefused, TooManyRows
from BE.modules.tasks.models import TaskDraft
from BE.modules.tasks.schemas.exports import COLUMNS
from BE.modules.tasks.schemas.requests import TaskFields

_CHOICES = {"status", "priority"}
_WORDS = _CHOICES | {"due_at", "due_on", "position"}
"""Columns in which a person may put spaces around the value."""

_MAX_FAULTS = 1000
MAX_ROWS = 1000
_MAX_ROWS_OF_JOB = 100_000
_ROWS_FOR_A_TASK = 10  # if the file has empty ones
_VALUES_FOR_A_TASK = 50  # an exported one with every field


def _admit_exported_fields(schema: dict[str, Any]) -> None:
    ignored = {"description": "Made by the server: ignored"}
    schema["properties"] |= {name: ignored for name in COLUMNS if name not in schema["properties"]}


class ImportedTask(TaskFields):
    """An exported task. The server creates its own ids, times and versions, and keeps the order.

    It is assigned to no one: the file's assignee may no longer be a member.
    """

    model_config = ConfigDict(json_schema_extra=_admit_exported_fields)

    position: Annotated[str, text(200)] | None = None


class ImportTasksRequest(RequestSchema):
    """An export, or tasks in its format. Fields that the server creates are ignored."""

    items: list[ImportedTask]


_MADE_BY_SERVER = set(COLUMNS) - set(ImportedTask.model_fields)


def read_file(form: str, body: bytes | bytearray, most: int = _MAX_ROWS_OF_JOB) -> list[TaskDraft]:
    """The tasks of a file in the form ``csv`` or ``json``, at most ``most``.

    Raises what :func:`import_csv` or :func:`import_json` raises, and :class:`TooManyValues`.
    """
    if form == "csv":
        return import_csv(body, most=most)
    return import_json(value_of(body, max_values=_VALUES_FOR_A_TASK * most), most=most)


def read_file_of_job(form: str, body: bytes | bytearray) -> list[TaskDraft]:
    """The tasks of a file that a job imports. Raises :class:`FileRefused`."""
    try:
        return read_file(form, body)
    except DomainError as refusal:
        raise FileRefused(_reason(refusal)) from None


def import_csv(body: bytes | bytearray, *, most: int = MAX_ROWS) -> list[TaskDraft]:
    """Raises :class:`InvalidInputError`, which names every invalid row and column.

    Raises :class:`NotReadable` where the file is no CSV.
    Raises :class:`TooManyRows` at the first row beyond the limit, and reads no further.
    """
    file = CsvFile(body)
    rows = file.rows(most=_ROWS_FOR_A_TASK * most)
    _, header = next(rows, (1, list[str]()))
    names = [name.casefold() for name in _filled(header)]
    if "title" not in names or len(set(names)) < len(names) or not set(names) <= {*COLUMNS}:
        message = (
            f"The first row must name the columns: title, and others of {', '.join(COLUMNS)}"
            f" (the file was read as {file.description})"
        )
        raise InvalidInputError(details=[Detail("body.row.1", message, "columns")])
    return _drafts(_items(names, _at_most(most, rows), file.description))


def import_json(value: Any, *, most: int = MAX_ROWS) -> list[TaskDraft]:
    """Raises :class:`InvalidInputError`, which names every invalid item and field.

    Raises :class:`TooManyRows` before it validates any item.
    """
    try:
        items = _ImportedItems.model_validate(value).items
    except ValidationError as error:
        raise InvalidInputError(
            details=[detail_of(fault, "body") for fault in error.errors()]
        ) from None
    if len(items) > most:
        raise TooManyRows("body.items", most=most)
    return _drafts((f"body.items.{index}", item) for index, item in enumerate(items))


def _at_most(most: int, rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Raises :class:`TooManyRows` at the first row beyond ``most``."""
    yield from islice(rows, most)
    for number, _ in rows:
        raise TooManyRows(f"body.row.{number}", most=most)


class _ImportedItems(RequestSchema):
    items: list[Any]


def _items(
    names: Sequence[str], rows: Iterable[tuple[int, list[str]]], description: str
) -> Iterator[tuple[str, Any]]:
    """Each row's place and fields; a fault in place of a row that is too long."""
    for number, row in rows:
        place, cells = f"body.row.{number}", len(_filled(row))
        if cells <= len(names):
            yield place, _fields(names, row)
        else:
            message = (
                f"This row has {cells} cells, the first row names {len(names)} columns"
                f" (the file was read as {description})"
            )
            yield place, Detail(place, message, "columns")


def _filled(row: Sequence[str]) -> list[str]:
    """The cells without spaces around them, and without the empty ones at the end."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _drafts(items: Iterable[tuple[str, Any]]) -> list[TaskDraft]:
    """The drafts of items, beside the place of each. Raises :class:`InvalidInputError`."""
    drafts: list[tuple[str | None, TaskDraft]] = []
    faults: list[Detail] = []
    refused = 0
    for place, item in items:
        task = _read(place, item)
        if isinstance(task, ImportedTask):
            draft = cast(TaskDraft, task.model_dump(exclude={"position"}))
            drafts.append((task.position, draft))
        else:
            refused += 1
            if len(faults) < _MAX_FAULTS:
                faults += task
    if refused:
        message = f"{refused} of {refused + len(drafts)} tasks are not valid"
        raise InvalidInputError(message, details=faults)
    drafts.sort(key=lambda placed: (placed[0] is None, placed[0]))
    return [draft for _, draft in drafts]


def _read(place: str, item: Any) -> ImportedTask | list[Detail]:
    """The task of an item, or its faults."""
    if isinstance(item, Detail):
        return [item]
    if isinstance(item, dict):
        item = {name: value for name, value in item.items() if name not in _MADE_BY_SERVER}
    try:
        return ImportedTask.model_validate(item)
    except ValidationError as error:
        return [detail_of(fault, place) for fault in error.errors()]


def _fields(names: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """The fields of a row; an empty cell is no field."""
    fields: dict[str, Any] = {}
    for name, cell in zip(names, row, strict=False):
        value = from_cell(cell.strip() if name in _WORDS else cell)
        if value is not None:
            fields[name] = value.casefold() if name in _CHOICES else value
    if "tags" in fields:
        fields["tags"] = split_cell(fields["tags"])
    return fields


def _reason(refusal: DomainError) -> str:
    """The reason, and the place of the first fault, such as ``row 3, title``."""
    if not refusal.details:
        return refusal.message
    first = refusal.details[0]
    place = first.field.removeprefix("body.").replace(".", " ", 1).replace(".", ", ")
    fault = f"{place}: {first.message}"
    return fault if first.message == refusal.message else f"{refusal.message}. {fault}"
