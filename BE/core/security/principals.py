from dataclasses import dataclass
from typing import Literal
from uuid import UUID

type Role = Literal["user", "admin"]
"""What an access token says its holder may do; ``auth`` decides who has which."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for, as its access token says."""

    user_id: UUID
    session_id: UUID
    role: Role
