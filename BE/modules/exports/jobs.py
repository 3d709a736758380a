from dataclasses import dataclass
from uuid import UUID

from BE.core.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeExport(Job):
    kind = "export"

    user_id: UUID
