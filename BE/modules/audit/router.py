from typing import Annotated, cast

from fastapi import Query, Response

from BE.core.http.access import ADMIN, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.modules.audit.models import EntryFilter
from BE.modules.audit.schemas import (
    AuditQuery,
    EntryPageResponse,
    TrailStateResponse,
    entry_response,
    trail_state_response,
)
from BE.modules.audit.service import AuditService

router = module_router("audit", access=ADMIN, keys=keys_with("audit:read"))

Service = Provided[AuditService]


@router.get("", response_model=EntryPageResponse)
async def list_audit_entries(query: Annotated[AuditQuery, Query()], service: Service) -> Response:
    """Who did what to whom, newest first; `since` is inclusive, `until` exclusive."""
    narrowed = cast(EntryFilter, query.model_dump(exclude={"limit", "cursor"}, exclude_none=True))
    page = await service.page(narrowed, limit=query.limit, cursor=query.cursor)
    return Json(page.rendered(entry_response))


@router.get("/state", response_model=TrailStateResponse)
async def read_audit_state(service: Service) -> Response:
    """The trail's head, and whether its newest entries lead there; `audit verify` reads all."""
    return Json(trail_state_response(await service.state()))
