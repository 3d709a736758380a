"""Routes for an operator's tools: Prometheus metrics, the requests just served, the pool."""

from fastapi import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import Field

from BE.core.database.database import Database
from BE.core.http.access import ADMIN, PUBLIC, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.paths import METRICS
from BE.core.http.responses import Json
from BE.core.http.routes import ModuleRouter, StrictRoute, module_router
from BE.core.operations.metrics import MetricsReport
from BE.core.operations.recent_requests import RecentRequests
from BE.core.types import ResponseSchema

metrics_router = ModuleRouter(tags=["operations"], route_class=StrictRoute, dependencies=[PUBLIC])
router = module_router("metrics", access=ADMIN, keys=keys_with("operations:read"))


class PoolResponse(ResponseSchema):
    pool_size: int
    checked_in: int
    checked_out: int
    overflow: int
    total_connections: int


class AnswersResponse(ResponseSchema):
    success: int
    redirection: int
    client_error: int
    server_error: int


class LatencyResponse(ResponseSchema):
    p50: float
    p95: float
    p99: float


class RequestsResponse(ResponseSchema):
    seconds: int = Field(description="In so many seconds all this happened: 60, or fewer at first")
    per_second: float
    answers: AnswersResponse
    latency_ms: LatencyResponse | None


@metrics_router.get(METRICS, name="metrics", response_class=Response, include_in_schema=False)
async def metrics(
    report: Provided[MetricsReport],
) -> Response:
    """Prometheus' text format, all workers of this machine added up."""
    return Response(await report.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/database", response_model=PoolResponse)
async def database_pool(database: Provided[Database]) -> Response:
    """The connections of the process that answers: kept, free, in use, and beyond those kept."""
    pool = database.pool
    return Json(
        {
            "pool_size": pool.kept,
            "checked_in": pool.idle,
            "checked_out": pool.in_use,
            "overflow": max(0, pool.size - pool.kept),
            "total_connections": pool.size,
        }
    )


@router.get("/requests", response_model=RequestsResponse)
async def recent_requests(recent: Provided[RecentRequests]) -> Response:
    """The last minute of the process that answers, without what probes asked and what was shed."""
    return Json(recent.figures())
