from fastapi import Response

from BE.core.http.dependencies import Provided
from BE.core.http.host_cookie import HostCookie
from BE.core.http.responses import Json
from BE.modules.auth.models import SignIn
from BE.modules.auth.schemas.sign_in import sign_in_response
from BE.modules.auth.security.host_cookie import RefreshCookie

Cookie = Provided[RefreshCookie]


def signed_in(
    sign_in: SignIn,
    names: tuple[str | None, str],
    cookie: HostCookie,
    device_cookie: HostCookie,
    status_code: int = 200,
) -> Response:
    headers = cookie.set(sign_in.refresh_token)
    answer = Json(sign_in_response(sign_in, names), status_code=status_code, headers=headers)
    if sign_in.device_token is not None:
        for name, value in device_cookie.set(sign_in.device_token).items():
            answer.headers.append(name, value)
    return answer
