from typing import Annotated, Any

from fastapi import Query, Request, Response, status

from BE.core.exceptions import UnsupportedMediaTypeError
from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.documentation.schemas import schema_of
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.json_bodies import TooManyValues, media_type
from BE.core.http.large_bodies import TAKES_FILES, beside_the_loop
from BE.core.http.responses import (
    Json,
)
from BE.core.http.routes import module_router
from BE.core.http.streaming import Stream, Streams
from BE.core.jobs import answer_of
from BE.modules.tasks.exceptions import TooManyRows
from BE.modules.tasks.models import TaskDraft
from BE.modules.tasks.router.owners import Whose
from BE.modules.tasks.schemas.exports import export_csv, export_json
from BE.modules.tasks.schemas.imports import MAX_ROWS, ImportTasksRequest, read_file
from BE.modules.tasks.schemas.requests import (
    ExportQuery,
    ImportQuery,
)
from BE.modules.tasks.schemas.responses import (
    ImportJobResponse,
    ImportResponse,
    TasksResponse,
)
from BE.modules.tasks.service import ImportService, TaskImports, TaskService

router = module_router("tasks", access=SIGNED_IN, keys=keys_with("tasks:read", "tasks:write"))

Service = Provided[TaskService]


_IMPORT_EXAMPLE = "title,priority,tags\r\nWrite the note,high,work\r\n"
_EXPORT_EXAMPLE = "id,title,…\r\n019a1fdb-7037-7cc2-8f4e-4d1c2b3a5e6f,Write the note,…\r\n"
_EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Every task",
        "content": {
            "text/csv": {"schema": {"type": "string", "examples": [_EXPORT_EXAMPLE]}},
            "application/json": {"schema": schema_of(TasksResponse)},
        },
        "x-headers": ["Content-Disposition"],
    }
}
_MAX_BYTES = 1024 * 1024
_QUEUED: dict[int | str, dict[str, Any]] = {
    202: {"description": "The file is large: a job imports it", "model": ImportJobResponse}
}
_IMPORTED = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {"schema": {"type": "string", "examples": [_IMPORT_EXAMPLE]}},
            "application/json": {"schema": schema_of(ImportTasksRequest)},
        },
    },
}


@router.get("/export", responses=raises(404) | _EXPORTED)
async def export_tasks(
    query: Annotated[ExportQuery, Query()],
    owner: Whose,
    user: CurrentUser,
    service: Service,
    streams: Provided[Streams],
) -> Response:
    """Every task, oldest first. The first ones are read before the answer begins."""
    is_csv = query.format == "csv"
    name = "tasks" if owner.team_id is None else "team-tasks"
    pieces = (export_csv if is_csv else export_json)(service.export(owner))
    return await Stream.begun(
        streams.chunks(user.user_id, pieces),
        media_type="text/csv" if is_csv else "application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.{query.format}"'},
    )


@router.post(
    "/import",
    response_model=ImportResponse,
    responses=raises(404, 409, body=True) | _QUEUED,
    dependencies=[IDEMPOTENT, TAKES_FILES],
    openapi_extra=_IMPORTED,
)
async def import_tasks(
    query: Annotated[ImportQuery, Query()],
    request: Request,
    user: CurrentUser,
    owner: Whose,
    service: Service,
    imports: Provided[ImportService],
    batches: Provided[TaskImports],
) -> Response:
    """Create every task of an export or a spreadsheet, or none.

    More than 1 000 tasks or 1 MiB are imported by a job, which is the answer; the first fault of
    the file becomes its error. `dry_run` only checks the file, and shows the first tasks, unless a
    job imports it. Ids, times and versions are new; the order of positions, if any, is kept.
    """
    async with batches.turn(user.user_id):
        form, file = _form_of(request), await request.body()
        drafts = await _drafts_at_once(form, file)
        if drafts is None:
            job = await imports.enqueue(owner, user.user_id, form, file, dry_run=query.dry_run)
            return Json(answer_of(job), status_code=status.HTTP_202_ACCEPTED)
        if query.dry_run:
            return Json({"rows": len(drafts), "imported": 0, "ids": [], "preview": drafts[:10]})
        await batches.draw(user.user_id, len(drafts))
        ids = [task.id for task in await service.create_all(owner, drafts)]
    return Json({"rows": len(drafts), "imported": len(ids), "ids": ids, "preview": []})


async def _drafts_at_once(form: str, file: bytes) -> list[TaskDraft] | None:
    """The tasks of a file; ``None`` for one that is too large for a request."""
    if len(file) > _MAX_BYTES:
        return None
    try:
        return await beside_the_loop(read_file, form, file, MAX_ROWS)
    except (TooManyRows, TooManyValues):
        return None


def _form_of(request: Request) -> str:
    match media_type(request):
        case "text/csv" | "text/tab-separated-values" | "application/vnd.ms-excel":
            return "csv"  # browsers use each of these types for spreadsheets
        case "application/json":
            return "json"
    raise UnsupportedMediaTypeError("The body must be sent as text/csv or application/json")
