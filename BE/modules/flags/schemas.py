import math
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from BE.core.flags import FlagKind
from BE.core.http.flag_values import FLAG_VALUES
from BE.core.http.tagged_unions import WITHOUT_TAG
from BE.core.types import RequestSchema, ResponseSchema
from BE.modules.flags.models import (
    FlagState,
    FlagView,
    ForPercentage,
    ForTeams,
    ForUsers,
    Setting,
)

_LONGEST_TEXT = 500
_LARGEST_INTEGER = 2**53 - 1  # the largest that JavaScript represents exactly


def _value(value: Any) -> Any:
    match value:
        case bool():
            return value
        case str() if len(value) <= _LONGEST_TEXT and value.isprintable():
            return value
        case int() if abs(value) <= _LARGEST_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
    message = "A value is true, false, a number or a line of up to {longest} characters"
    raise PydanticCustomError("value_error", message, {"longest": _LONGEST_TEXT})


_VALUE_SCHEMA = {
    "anyOf": [
        {"type": "boolean"},
        {"type": "number"},
        {"type": "string", "maxLength": _LONGEST_TEXT},
    ]
}

type NewFlagValue = Annotated[
    bool | int | float | str, PlainValidator(_value), WithJsonSchema(_VALUE_SCHEMA)
]
type FlagValue = Annotated[bool | int | float | str, WithJsonSchema(_VALUE_SCHEMA)]
type FlagValues = Annotated[
    dict[str, bool | int | float | str], Field(json_schema_extra={FLAG_VALUES: True})
]
"""The OpenAPI document lists the flags, each with its possible values."""

Ids = Annotated[list[UUID], Field(min_length=1, max_length=1000)]


class FlagsQuery(RequestSchema):
    since: Annotated[
        int,
        Field(
            ge=0,
            le=_LARGEST_INTEGER,
            description="A revision that the caller knows of: the answer is no older",
        ),
    ] = 0


class FlagsResponse(ResponseSchema):
    revision: int
    """The number of the last change."""
    values: FlagValues


class UsersRuleRequest(RequestSchema):
    kind: Literal["users"]
    ids: Ids
    value: NewFlagValue

    def to_rule(self) -> ForUsers:
        return ForUsers(tuple(dict.fromkeys(self.ids)), self.value)


class TeamsRuleRequest(RequestSchema):
    kind: Literal["teams"]
    ids: Ids
    value: NewFlagValue

    def to_rule(self) -> ForTeams:
        return ForTeams(tuple(dict.fromkeys(self.ids)), self.value)


class PercentageRuleRequest(RequestSchema):
    kind: Literal["percentage"]
    percentage: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    value: NewFlagValue

    def to_rule(self) -> ForPercentage:
        return ForPercentage(self.percentage, self.value)


class ChangeFlagRequest(RequestSchema):
    rules: Annotated[
        list[
            Annotated[
                UsersRuleRequest | TeamsRuleRequest | PercentageRuleRequest,
                Field(discriminator="kind"),
                WITHOUT_TAG,
            ]
        ],
        Field(max_length=20),
    ]
    otherwise: NewFlagValue

    def to_setting(self) -> Setting:
        return Setting(tuple(rule.to_rule() for rule in self.rules), self.otherwise)


class UsersRuleResponse(ResponseSchema):
    kind: Literal["users"]
    ids: list[UUID]
    value: FlagValue


class TeamsRuleResponse(ResponseSchema):
    kind: Literal["teams"]
    ids: list[UUID]
    value: FlagValue


class PercentageRuleResponse(ResponseSchema):
    kind: Literal["percentage"]
    percentage: float
    value: FlagValue


class FlagResponse(ResponseSchema):
    """Without a declaration there is no context, kind or default; without a setting no rule."""

    name: str
    state: FlagState
    context: str | None
    about: str | None
    kind: FlagKind | None
    default: FlagValue | None
    variants: list[FlagValue]
    rules: list[
        Annotated[
            UsersRuleResponse | TeamsRuleResponse | PercentageRuleResponse,
            Field(discriminator="kind"),
        ]
    ]
    otherwise: FlagValue | None
    version: int
    changed_at: datetime | None
    changed_by: UUID | None


class FlagListResponse(ResponseSchema):
    items: list[FlagResponse]


def flag_response(flag: FlagView) -> dict[str, Any]:
    declared, stored = flag.declared, flag.stored
    return {
        "name": flag.name,
        "state": flag.state,
        "context": flag.context,
        "about": declared.about if declared else None,
        "kind": flag.kind,
        "default": declared.default if declared else None,
        "variants": declared.variants if declared else (),
        "rules": stored.setting.rules if stored else (),
        "otherwise": stored.setting.otherwise if stored else None,
        "version": flag.version,
        "changed_at": stored.changed_at if stored else None,
        "changed_by": stored.changed_by if stored else None,
    }
