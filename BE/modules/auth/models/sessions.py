from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

from BE.core.types import record
from BE.modules.auth.models.accounts import Account

_RETRY_INTERVAL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """How long sessions and their tokens are valid."""

    idle: timedelta
    absolute: timedelta
    grace: timedelta
    access: timedelta
    most: int = 100
    """How many sessions an account may have open; ten times as many ended ones are kept."""
    fresh: timedelta = timedelta(minutes=10)
    """How long a session counts as fresh after a proof."""


class RefreshVerdict(Enum):
    """What to do with a refresh token, the best first."""

    ROTATE = auto()
    REPEAT = auto()
    RETRY = auto()
    REUSED = auto()
    REFUSED = auto()

    @property
    def is_good(self) -> bool:
        return self in {RefreshVerdict.ROTATE, RefreshVerdict.REPEAT, RefreshVerdict.RETRY}


@record
class Session:
    """A sign-in on one device, at ``now`` by the database's clock."""

    id: UUID
    account_id: UUID
    salt: bytes
    generation: int
    created_at: datetime
    rotated_at: datetime
    ended_at: datetime | None
    rotated_by: bytes | None
    """The mark of the device that rotated it last."""
    retried_at: datetime | None
    """When a device last retried a refresh after the grace."""
    account_is_active: bool
    now: datetime

    def ended_since(self, moment: datetime) -> bool:
        return self.ended_at is not None and self.ended_at >= moment

    def is_open(self, policy: SessionPolicy) -> bool:
        return self.judge(self.generation, policy) is RefreshVerdict.ROTATE

    def judge(
        self, generation: int, policy: SessionPolicy, mark: bytes | None = None
    ) -> RefreshVerdict:
        """Judge an authentic token of ``generation``, presented by the device of ``mark``.

        The previous generation is accepted again within the grace, which is counted from the
        rotation and never extended: a second tab or a lost response. After the grace the device
        that rotated may still retry, as its answer may be lost. Anything else is a theft.
        """
        if (
            self.ended_at is not None
            or not self.account_is_active
            or self.now - self.rotated_at > policy.idle
            or self.now - self.created_at > policy.absolute
            or generation > self.generation
        ):
            return RefreshVerdict.REFUSED
        if generation == self.generation:
            return RefreshVerdict.ROTATE
        if generation == self.generation - 1:
            if self.now - self.rotated_at <= policy.grace:
                return RefreshVerdict.REPEAT
            if mark is not None and mark == self.rotated_by and self._may_retry(policy):
                return RefreshVerdict.RETRY
        return RefreshVerdict.REUSED

    def _may_retry(self, policy: SessionPolicy) -> bool:
        """Once a day, by all tabs within the grace: more often means two devices taking turns.

        The tabs of one browser wake up together. Without a grace no retry is allowed.
        """
        if not policy.grace:
            return False
        if self.retried_at is None:
            return True
        return self.is_retrying(policy) or self.now - self.retried_at > _RETRY_INTERVAL

    def is_retrying(self, policy: SessionPolicy) -> bool:
        return self.retried_at is not None and self.now - self.retried_at <= policy.grace


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner sees it."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    user_agent: str | None
    ip: str | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a sign-in: the tokens and the account."""

    account: Account
    access_token: str
    expires_in: int
    refresh_token: str
    device_token: str | None = None
    """For the next sign-in of a device that has no valid device token yet."""
