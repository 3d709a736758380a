from fastapi import Response, status

from BE.core.http.access import FRESH, NO_KEYS, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import Json, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.exceptions import InvalidCredentials
from BE.modules.auth.schemas.second_factors import (
    BeginTotpRequest,
    ConfirmTotpRequest,
    ProofRequest,
    RecoveryCodesResponse,
    TotpSecretResponse,
    TotpStateResponse,
    totp_state_response,
)
from BE.modules.auth.service import TotpService

router = module_router("auth", carries_secrets=True)

Totp = Provided[TotpService]

_PROOF = {"password": "body.password", "code": "body.code"}
_TURNING_OFF = raises(InvalidCredentials, 404, 429, body=True)


@router.get("/totp", response_model=TotpStateResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def read_totp(user: CurrentUser, totp: Totp) -> Response:
    """Whether signing in takes a second step, and how many recovery codes are left."""
    return Json(totp_state_response(await totp.state(user.user_id)))


@router.post(
    "/totp",
    response_model=TotpSecretResponse,
    responses=raises(InvalidCredentials, 409, 429, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def begin_totp(body: BeginTotpRequest, user: CurrentUser, totp: Totp) -> Response:
    """A secret for an authenticator app. It has no effect until a code confirms it."""
    with arguments_at(_PROOF):
        secret, uri = await totp.begin(user, body.password)
    return Json({"secret": secret, "uri": uri})


@router.post(
    "/totp/confirm",
    response_model=RecoveryCodesResponse,
    responses=raises(InvalidCredentials, 404, 409, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def confirm_totp(body: ConfirmTotpRequest, user: CurrentUser, totp: Totp) -> Response:
    """Turn two-step sign-in on. The recovery codes are shown only now."""
    with arguments_at(_PROOF):
        codes = await totp.confirm(user, body.code)
    return Json({"recovery_codes": codes})


@router.post(
    "/totp/recovery-codes",
    response_model=RecoveryCodesResponse,
    responses=raises(InvalidCredentials, 404, 429, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def replace_recovery_codes(body: ProofRequest, user: CurrentUser, totp: Totp) -> Response:
    """New recovery codes, for the password, a code or a passkey; the earlier ones are void."""
    with arguments_at(_PROOF):
        codes = await totp.replace_recovery_codes(user, body.proof)
    return Json({"recovery_codes": codes})


# some networks strip the body of a DELETE, which has no meaning of its own (RFC 9110 §9.3.5)
@router.post(
    "/totp/delete",
    name="turn_off_totp_by_post",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_TURNING_OFF,
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
@router.delete(
    "/totp",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=_TURNING_OFF,
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def turn_off_totp(body: ProofRequest, user: CurrentUser, totp: Totp) -> Response:
    """Turn two-step sign-in off, with the password, a code, a recovery code or a passkey."""
    with arguments_at(_PROOF):
        await totp.turn_off(user, body.proof)
    return no_content()
