from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from BE.core.http.errors import ErrorResponse
from BE.core.types import Password, RequestSchema, ResponseSchema, line, text
from BE.modules.auth.models import TotpState

CodeText = Annotated[str, line(64), Field(examples=["492039"])]
"""A code of an authenticator app, or a recovery code."""


class ProofRequest(RequestSchema):
    """A password or a code, one of them."""

    password: Password | None = None
    code: CodeText | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.password is None) == (self.code is None):
            raise PydanticCustomError("proof", "Send a password or a code, one of them")
        return self


class BeginTotpRequest(RequestSchema):
    password: Password | None = None
    """Required where the account has one."""


class ConfirmTotpRequest(RequestSchema):
    code: CodeText


class SecondStepRequest(RequestSchema):
    challenge: Annotated[str, text(256, min_length=1)] | None = None
    """Left out after a sign-in with another provider: then the browser has it in a cookie."""

    code: CodeText


class TotpSecretResponse(ResponseSchema):
    secret: str
    uri: str


class RecoveryCodesResponse(ResponseSchema):
    recovery_codes: list[str]


class TotpStateResponse(ResponseSchema):
    enabled: bool
    enabled_at: datetime | None
    recovery_codes_left: int


class SecondFactorErrorResponse(ErrorResponse):
    challenge: Annotated[
        str | None, Field(description="With SECOND_FACTOR_REQUIRED: what the second step repeats.")
    ] = None


def totp_state_response(state: TotpState) -> dict[str, Any]:
    return {
        "enabled": state.confirmed_at is not None,
        "enabled_at": state.confirmed_at,
        "recovery_codes_left": state.recovery_codes_left,
    }
