from datetime import datetime
from typing import Literal

from BE.core.jobs import JobAnswer
from BE.core.types import ResponseSchema


class ExportResult(ResponseSchema):
    size: int
    expires_at: datetime


class JobResponse(JobAnswer):
    """Work that is done after the answer."""

    kind: Literal["export"]
    result: ExportResult | None


class ExportsResponse(ResponseSchema):
    items: list[JobResponse]
