"""The rules of a flag: the first that fits the caller gives the value."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Literal
from uuid import UUID, uuid5

from BE.core.flags import AnyFlag, FlagKind, FlagValue

_BUCKETS = 10_000
_NAMESPACE = UUID("0195b1a4-6f0e-7c33-9d55-8f1b0f6a2c47")
UNCHANGED = 1
"""The version of a flag that has its default."""


@dataclass(frozen=True, slots=True)
class Caller:
    key: str
    """The id of the user: OpenFeature's targeting key."""
    teams: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ForUsers:
    ids: tuple[UUID, ...]
    value: FlagValue
    kind: Literal["users"] = "users"

    def fits(self, _: str, caller: Caller) -> bool:
        return any(str(user_id) == caller.key for user_id in self.ids)

    def __str__(self) -> str:
        return f"{len(self.ids)} by name"


@dataclass(frozen=True, slots=True)
class ForTeams:
    ids: tuple[UUID, ...]
    value: FlagValue
    kind: Literal["teams"] = "teams"

    def fits(self, _: str, caller: Caller) -> bool:
        return any(str(team_id) in caller.teams for team_id in self.ids)

    def __str__(self) -> str:
        return f"members of {len(self.ids)} teams"


@dataclass(frozen=True, slots=True)
class ForPercentage:
    percentage: float
    """Of all users, in steps of a hundredth."""
    value: FlagValue
    kind: Literal["percentage"] = "percentage"

    def fits(self, flag_name: str, caller: Caller) -> bool:
        return bucket_of(flag_name, caller.key) < round(self.percentage * _BUCKETS / 100)

    def __str__(self) -> str:
        return f"{self.percentage:g} %"


type Rule = ForUsers | ForTeams | ForPercentage


@dataclass(frozen=True)
class Setting:
    """An admin's decision about a flag."""

    rules: tuple[Rule, ...]
    otherwise: FlagValue

    @cached_property
    def names_teams(self) -> bool:
        return any(isinstance(rule, ForTeams) for rule in self.rules)

    def value_for(self, flag_name: str, caller: Caller) -> FlagValue:
        for rule in self.rules:
            if rule.fits(flag_name, caller):
                return rule.value
        return self.otherwise

    def unfit_places(self, flag: AnyFlag) -> Iterator[str]:
        """The places of the values that the flag cannot have."""
        for number, rule in enumerate(self.rules):
            if flag.read(rule.value) is None:
                yield f"rules.{number}.value"
        if flag.read(self.otherwise) is None:
            yield "otherwise"

    def without_user(self, user_id: UUID) -> "Setting":
        """Drops a rule that names no other user."""
        rules: list[Rule] = []
        for rule in self.rules:
            if not isinstance(rule, ForUsers):
                rules.append(rule)
            elif left := tuple(named for named in rule.ids if named != user_id):
                rules.append(replace(rule, ids=left))
        return Setting(tuple(rules), self.otherwise)

    def in_words(self, variants: Collection[FlagValue] = ()) -> str:
        """Without the ids that it names, and without text that a user typed."""
        said = [f"{rule}: {_written(rule.value, variants)}" for rule in self.rules]
        return "; ".join([*said, f"otherwise: {_written(self.otherwise, variants)}"])


@dataclass(frozen=True, slots=True)
class StoredFlag:
    """A flag with a stored setting; code may no longer declare it."""

    name: str
    setting: Setting
    version: int
    """The revision that it was changed with."""
    changed_at: datetime
    changed_by: UUID | None

    @property
    def id(self) -> UUID:
        return id_of(self.name)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The settings of all flags after the change with the number ``revision``."""

    revision: int
    settings: Mapping[str, Setting]

    @property
    def names_teams(self) -> bool:
        return any(setting.names_teams for setting in self.settings.values())


type FlagState = Literal["default", "set", "unfit", "unknown"]
"""``unfit``: it has values that the code no longer accepts; ``unknown``: no code declares it."""


@dataclass(frozen=True, slots=True)
class FlagView:
    """A flag as admins see it: what the code declares, and what is set."""

    name: str
    declared: AnyFlag | None
    context: str | None
    stored: StoredFlag | None

    @property
    def id(self) -> UUID:
        return id_of(self.name)

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else UNCHANGED

    @property
    def state(self) -> FlagState:
        if self.declared is None:
            return "unknown"
        if self.stored is None:
            return "default"
        return "unfit" if any(self.stored.setting.unfit_places(self.declared)) else "set"

    @property
    def kind(self) -> FlagKind | None:
        return self.declared.kind if self.declared else None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The values for one user, as of a revision."""

    revision: int
    values: Mapping[str, FlagValue]


def id_of(flag_name: str) -> UUID:
    return uuid5(_NAMESPACE, flag_name)


def bucket_of(flag_name: str, key: str) -> int:
    """A user's place among the ten thousand hundredths of a percent, different for each flag.

    A user within a percentage stays within it as it grows; each flag begins with other users.
    """
    digest = blake2b(f"{flag_name} {key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _BUCKETS


def _written(value: FlagValue, variants: Collection[FlagValue]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if value in variants or not isinstance(value, str) else "a text"
