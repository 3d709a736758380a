from typing import Any
from uuid import UUID

from fastapi import Response, status

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.core.http.streaming import Stream, Streams
from BE.core.jobs import answer_of
from BE.modules.exports.schemas import ExportsResponse, JobResponse
from BE.modules.exports.service import ExportService, size_of

router = module_router("exports", path="users/me", access=SIGNED_IN, keys=NO_KEYS)

Service = Provided[ExportService]

_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The export is done: a zip with a JSON file from each part",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "x-headers": ["Content-Disposition"],
    },
    202: {"description": "The export is being made: ask again", "model": JobResponse},
}


@router.post(
    "/export",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=JobResponse,
    responses=raises(409),
)
async def request_export(user: CurrentUser, service: Service) -> Response:
    """Make a file of everything that is held about the caller; a mail announces it.

    Only one is made at a time: meanwhile another request is answered with it, or with 409 if it is
    being cancelled.
    """
    job = await service.request(user.user_id)
    return Json(answer_of(job), status_code=status.HTTP_202_ACCEPTED)


@router.get("/exports", response_model=ExportsResponse)
async def list_exports(user: CurrentUser, service: Service) -> Response:
    """The caller's exports of the last day, the newest first."""
    return Json({"items": [answer_of(job) for job in await service.recent(user.user_id)]})


# without a class of its own, the document would describe the file as JSON
@router.get("/exports/{export_id}", response_class=Response, responses=raises(404, 409) | _FILE)
async def download_export(
    export_id: UUID, user: CurrentUser, service: Service, streams: Provided[Streams]
) -> Response:
    """The file, for a day after it was made; until then, the progress of the export."""
    job = await service.get(user.user_id, export_id)
    if job.is_active:
        return Json(answer_of(job), status_code=status.HTTP_202_ACCEPTED)
    name = f"my-data-{job.created_at:%Y-%m-%d}.zip"
    return await Stream.begun(
        streams.chunks(user.user_id, service.download(user.user_id, job)),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(size_of(job)),
            "Cache-Control": "no-store",
        },
    )
