from dataclasses import dataclass
from uuid import UUID

from BE.core.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTasks(Job):
    """Its file is stored under the id of the job."""

    kind = "import"

    user_id: UUID
    """The user who uploaded the file."""
    owner_id: UUID
    """The user or the team that gets the tasks."""
    is_of_team: bool
    form: str
    """The format of the file: ``csv`` or ``json``."""
    dry_run: bool
