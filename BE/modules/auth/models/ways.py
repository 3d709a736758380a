from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OwnWay:
    """A means to sign in here, without another issuer."""

    id: UUID
    kind: Literal["password", "passkey"]
    name: str | None = None
    created_at: datetime | None = None
    last_used_at: datetime | None = None
