"""Requests and answers of passkeys, in the JSON of WebAuthn."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from BE.core.types import RequestSchema, ResponseSchema, UtcDatetime, line
from BE.modules.auth.models import Passkey

PasskeyName = Annotated[str, line(100), Field(examples=["My phone"])]
Bytes = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]*$", max_length=16_384)]
"""Bytes in base64url, without padding."""

Transport = Annotated[str, Field(max_length=50)]


class AuthenticatorAnswer(RequestSchema):
    """Part of a browser's answer: newer browsers may add fields, which are not used."""

    model_config = ConfigDict(extra="ignore")


class AttestationResponse(AuthenticatorAnswer):
    clientDataJSON: Bytes
    attestationObject: Bytes
    transports: Annotated[tuple[Transport, ...], Field(max_length=20)] = ()


class AssertionResponse(AuthenticatorAnswer):
    clientDataJSON: Bytes
    authenticatorData: Bytes
    signature: Bytes
    userHandle: Bytes | None = None


class NewPasskeyRequest(AuthenticatorAnswer):
    """The ``toJSON()`` of the result of ``navigator.credentials.create()``, and a name."""

    id: Bytes
    rawId: Bytes
    type: Literal["public-key"]
    response: AttestationResponse
    name: PasskeyName | None = None


class PasskeyAssertion(AuthenticatorAnswer):
    """The ``toJSON()`` of the result of ``navigator.credentials.get()``."""

    id: Bytes
    rawId: Bytes
    type: Literal["public-key"]
    response: AssertionResponse


class RenamePasskeyRequest(RequestSchema):
    name: PasskeyName


class PasskeyDescriptor(ResponseSchema):
    id: str
    type: Literal["public-key"]
    transports: list[str]


class RelyingPartyEntity(ResponseSchema):
    id: str
    name: str


class UserEntity(ResponseSchema):
    id: str
    name: str
    displayName: str


class CredentialParameters(ResponseSchema):
    type: Literal["public-key"]
    alg: int


class AuthenticatorSelection(ResponseSchema):
    residentKey: Literal["required"]
    requireResidentKey: bool
    userVerification: Literal["required"]


class PasskeyCreationOptions(ResponseSchema):
    """For ``PublicKeyCredential.parseCreationOptionsFromJSON()``."""

    rp: RelyingPartyEntity
    user: UserEntity
    challenge: str
    pubKeyCredParams: list[CredentialParameters]
    timeout: int
    excludeCredentials: list[PasskeyDescriptor]
    authenticatorSelection: AuthenticatorSelection
    attestation: Literal["none"]


class PasskeyRequestOptions(ResponseSchema):
    """For ``PublicKeyCredential.parseRequestOptionsFromJSON()``."""

    challenge: str
    timeout: int
    rpId: str
    allowCredentials: list[PasskeyDescriptor]
    userVerification: Literal["required"]


class PasskeyResponse(ResponseSchema):
    id: UUID
    name: str
    is_synced: bool
    created_at: UtcDatetime
    last_used_at: UtcDatetime | None


class PasskeyListResponse(ResponseSchema):
    items: list[PasskeyResponse]


def passkey_response(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": passkey.id,
        "name": passkey.name,
        "is_synced": passkey.is_synced,
        "created_at": passkey.created_at,
        "last_used_at": passkey.last_used_at,
    }
