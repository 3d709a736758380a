from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from BE.core.http.errors import ErrorResponse
from BE.core.types import Password, RequestSchema, ResponseSchema, line, text
from BE.modules.auth.models import Proof, TotpState
from BE.modules.auth.schemas.passkeys import PasskeyAssertion

CodeText = Annotated[str, line(64), Field(examples=["492039"])]
"""A code of an authenticator app, or a recovery code."""


class ProofRequest(RequestSchema):
    """One of: a password, a code, a passkey's signature."""

    password: Password | None = None
    code: CodeText | None = None
    passkey: PasskeyAssertion | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        sent = [self.password, self.code, self.passkey]
        if len(sent) - sent.count(None) != 1:
            message = "Send a password, a code or a passkey, one of them"
            raise PydanticCustomError("proof", message)
        return self

    @property
    def proof(self) -> Proof:
        return Proof(self.password, self.code, _as_json(self.passkey))


class BeginTotpRequest(RequestSchema):
    password: Password | None = None
    """Required if the account has one."""


class ConfirmTotpRequest(RequestSchema):
    code: CodeText


class SecondStepPasskeyRequest(RequestSchema):
    challenge: Annotated[str, text(256, min_length=1)] | None = None
    """Left out after a sign-in with another provider: then the browser has it in a cookie."""

    def among(self, held: Sequence[str]) -> Sequence[str]:
        """The possible challenges: the one that was sent, or those in cookies."""
        return held if self.challenge is None else [self.challenge]


class SecondStepRequest(SecondStepPasskeyRequest):
    """The challenge, and one of: a code, a passkey's signature."""

    code: CodeText | None = None
    passkey: PasskeyAssertion | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.code is None) == (self.passkey is None):
            raise PydanticCustomError("proof", "Send a code or a passkey, one of them")
        return self

    @property
    def proof(self) -> Proof:
        return Proof(code=self.code, passkey=_as_json(self.passkey))


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


def _as_json(passkey: PasskeyAssertion | None) -> dict[str, Any] | None:
    return passkey.model_dump() if passkey else None


def totp_state_response(state: TotpState) -> dict[str, Any]:
    return {
        "enabled": state.confirmed_at is not None,
        "enabled_at": state.confirmed_at,
        "recovery_codes_left": state.recovery_codes_left,
    }
