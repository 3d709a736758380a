from typing import Annotated, cast
from uuid import UUID

from fastapi import Query, Request, Response, status

from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.pagination import PageQuery
from BE.core.http.preconditions import IfMatchHeader, IfNoneMatchHeader
from BE.core.http.responses import (
    CREATED,
    NOT_MODIFIED,
    WITH_ETAG,
    Json,
    created,
    no_content,
    versioned,
)
from BE.core.http.routes import module_router
from BE.core.http.rows import OWN_ROWS
from BE.modules.sample_notes.models import SampleNoteChanges, SampleNoteDraft
from BE.modules.sample_notes.schemas import (
    AddSampleNoteRequest,
    ChangeSampleNoteRequest,
    SampleNotePageResponse,
    SampleNoteResponse,
)
from BE.modules.sample_notes.service import SampleNoteService

router = module_router(
    "sample_notes",
    path="sample-notes",
    access=SIGNED_IN,
    keys=keys_with("sample_notes:read", "sample_notes:write"),
    rows=OWN_ROWS,
)

Service = Provided[SampleNoteService]


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=SampleNoteResponse,
    responses=raises(409, body=True) | CREATED,
    dependencies=[IDEMPOTENT],
)
async def add_sample_note(
    body: AddSampleNoteRequest, request: Request, user: CurrentUser, service: Service
) -> Response:
    sample_note = await service.add(user.user_id, cast(SampleNoteDraft, body.model_dump()))
    return created(request, sample_note, sample_note)


@router.get("", response_model=SampleNotePageResponse)
async def list_sample_notes(
    query: Annotated[PageQuery, Query()], user: CurrentUser, service: Service
) -> Response:
    return Json(await service.page(user.user_id, limit=query.limit, cursor=query.cursor))


@router.get(
    "/{sample_note_id}",
    response_model=SampleNoteResponse,
    responses=raises(404) | NOT_MODIFIED,
)
async def read_sample_note(
    sample_note_id: UUID,
    user: CurrentUser,
    service: Service,
    if_none_match: IfNoneMatchHeader,
) -> Response:
    sample_note = await service.get(user.user_id, sample_note_id)
    return versioned(sample_note, sample_note, if_none_match)


@router.patch(
    "/{sample_note_id}",
    response_model=SampleNoteResponse,
    responses=raises(404, 412, body=True) | WITH_ETAG,
)
async def change_sample_note(
    sample_note_id: UUID,
    body: ChangeSampleNoteRequest,
    user: CurrentUser,
    service: Service,
    if_match: IfMatchHeader,
) -> Response:
    changes = cast(SampleNoteChanges, body.model_dump(exclude_unset=True))
    versions = if_match.versions_of(sample_note_id)
    sample_note = await service.change(user.user_id, sample_note_id, changes, versions)
    return versioned(sample_note, sample_note)


@router.delete(
    "/{sample_note_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(404, 412),
)
async def delete_sample_note(
    sample_note_id: UUID, user: CurrentUser, service: Service, if_match: IfMatchHeader
) -> Response:
    await service.delete(user.user_id, sample_note_id, if_match.versions_of(sample_note_id))
    return no_content()
