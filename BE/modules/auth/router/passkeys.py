from uuid import UUID

from fastapi import Response, status

from BE.core.http.access import FRESH, NO_KEYS, PUBLIC, SIGN_IN, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import SETS_COOKIE, Json
from BE.core.http.routes import module_router
from BE.core.http.same_origin import FROM_OUR_SITE
from BE.modules.auth.exceptions import PasskeyRefused
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.router.signed_in import Cookie, signed_in
from BE.modules.auth.schemas.passkeys import (
    NewPasskeyRequest,
    PasskeyAssertion,
    PasskeyCreationOptions,
    PasskeyListResponse,
    PasskeyRequestOptions,
    PasskeyResponse,
    RenamePasskeyRequest,
    passkey_response,
)
from BE.modules.auth.schemas.sign_in import SignInResponse
from BE.modules.auth.security.host_cookie import DeviceCookie
from BE.modules.auth.service import PasskeyProofService, PasskeyService, SignInService

router = module_router("auth", carries_secrets=True)

Passkeys = Provided[PasskeyService]
Proofs = Provided[PasskeyProofService]


@router.post(
    "/passkeys/options",
    response_model=PasskeyCreationOptions,
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def offer_passkey(user: CurrentUser, passkeys: Passkeys) -> Response:
    """The options for a browser to make a passkey; its answer is awaited for five minutes."""
    return Json(await passkeys.creation_options(user.user_id))


@router.post(
    "/passkeys",
    status_code=status.HTTP_201_CREATED,
    response_model=PasskeyResponse,
    responses=raises(409, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def add_passkey(body: NewPasskeyRequest, user: CurrentUser, passkeys: Passkeys) -> Response:
    """Store the passkey that a browser has made. Without a name it is named after its maker."""
    answer = body.model_dump(exclude={"name"})
    passkey = await passkeys.add(user.user_id, answer, body.name)
    return Json(passkey_response(passkey), status_code=status.HTTP_201_CREATED)


@router.get("/passkeys", response_model=PasskeyListResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def list_passkeys(user: CurrentUser, passkeys: Passkeys) -> Response:
    """All passkeys of the account, the oldest first."""
    found = await passkeys.list(user.user_id)
    return Json({"items": [passkey_response(passkey) for passkey in found]})


@router.patch(
    "/passkeys/{passkey_id}",
    response_model=PasskeyResponse,
    responses=raises(404, body=True),
    dependencies=[SIGNED_IN, NO_KEYS],
)
async def rename_passkey(
    passkey_id: UUID, body: RenamePasskeyRequest, user: CurrentUser, passkeys: Passkeys
) -> Response:
    return Json(passkey_response(await passkeys.rename(user.user_id, passkey_id, body.name)))


@router.post(
    "/passkeys/sign-in/options",
    response_model=PasskeyRequestOptions,
    dependencies=[PUBLIC],
)
async def request_passkey(proofs: Proofs) -> Response:
    """The options for a browser to request a passkey, of whichever account its user chooses."""
    return Json(await proofs.request_options())


@router.post(
    "/passkeys/sign-in",
    response_model=SignInResponse,
    responses=raises(PasskeyRefused, 429, body=True) | {200: SETS_COOKIE},
    dependencies=[PUBLIC, FROM_OUR_SITE, SIGN_IN],
)
async def sign_in_with_passkey(
    body: PasskeyAssertion,
    device: UsedDevice,
    proofs: Proofs,
    service: Provided[SignInService],
    cookie: Cookie,
    device_cookie: Provided[DeviceCookie],
) -> Response:
    """Sign in with a passkey's signature. The account needs no other factor."""
    sign_in = await proofs.sign_in(body.model_dump(), device)
    names = await service.names_of(sign_in.account)
    return signed_in(sign_in, names, cookie, device_cookie)
