from fastapi import Response

from BE.core.http.access import SIGNED_IN, CurrentUser, keys_with
from BE.core.http.dependencies import Provided
from BE.core.http.responses import Json
from BE.core.http.routes import module_router
from BE.modules.auth.schemas.sign_in import MeResponse, account_response
from BE.modules.auth.service import AccountService

router = module_router("auth", carries_secrets=True)


@router.get("/me", response_model=MeResponse, dependencies=[SIGNED_IN, keys_with("users:read")])
async def me(user: CurrentUser, accounts: Provided[AccountService]) -> Response:
    account = await accounts.get(user.user_id)
    return Json({**account_response(account), "session_id": user.session_id})
