from typing import Any

from BE.core.http.pagination import PageResponse
from BE.core.jobs import JobAnswer


class OwnJobResponse(JobAnswer):
    """Work of any kind that is done after the answer."""

    kind: str
    result: dict[str, Any] | None


class JobPageResponse(PageResponse[OwnJobResponse]):
    pass
