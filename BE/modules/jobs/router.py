from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, status

from BE.core.http.access import NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.pagination import Cursors, PageQuery
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.core.http.rows import OWN_ROWS
from BE.core.jobs import answer_of
from BE.modules.jobs.schemas import JobPageResponse, OwnJobResponse
from BE.modules.jobs.service import JobService

router = module_router("jobs", access=SIGNED_IN, keys=NO_KEYS, rows=OWN_ROWS)

Service = Provided[JobService]


def _scope(user: CurrentUser) -> str:
    return f"jobs:{user.user_id}"


@router.get("", response_model=JobPageResponse)
async def list_jobs(
    user: CurrentUser,
    query: Annotated[PageQuery, Query()],
    service: Service,
    cursors: Provided[Cursors],
) -> Response:
    """The caller's jobs, the newest first. Those that ended are deleted after some days."""
    scope = _scope(user)
    before = None if query.cursor is None else UUID(str(cursors.open(scope, query.cursor)[0]))
    found = await service.page(user.user_id, before=before, limit=query.limit + 1)
    page = cursors.page(scope, found, query.limit, lambda job: [str(job.id)])
    items = [answer_of(job) for job in page.items]
    return Json({"items": items, "next_cursor": page.next_cursor})


@router.get("/{job_id}", response_model=OwnJobResponse, responses=raises(404))
async def read_job(job_id: UUID, user: CurrentUser, service: Service) -> Response:
    """The progress of the job, and its result. The live feed announces changes."""
    return Json(answer_of(await service.get(user.user_id, job_id)))


@router.delete("/{job_id}", status_code=status.HTTP_204_NO_CONTENT, responses=raises(404))
async def cancel_job(job_id: UUID, user: CurrentUser, service: Service) -> Response:
    """Cancel the job. A running one is asked to stop, and forced to after ten seconds.

    One that has ended stays as it is.
    """
    await service.cancel(user.user_id, job_id)
    return no_content()
