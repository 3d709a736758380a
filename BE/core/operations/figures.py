"""Routes for an operator's tools: Prometheus metrics, and the state of the connection pool."""

from fastapi import Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from BE.core.database.database import Database
from BE.core.http.access import ADMIN, PUBLIC
from BE.core.http.dependencies import Provided
from BE.core.http.paths import METRICS
from BE.core.http.responses import Json
from BE.core.http.routes import ModuleRouter, StrictRoute, module_router
from BE.core.operations.metrics import MetricsReport
from BE.core.types import ResponseSchema

metrics_router = ModuleRouter(tags=["operations"], route_class=StrictRoute, dependencies=[PUBLIC])
router = module_router("metrics", access=ADMIN)


class PoolResponse(ResponseSchema):
    pool_size: int
    checked_in: int
    checked_out: int
    overflow: int
    total_connections: int


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
