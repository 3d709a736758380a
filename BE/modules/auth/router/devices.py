from typing import Annotated

from fastapi import Depends, Request

from BE.core.context import current_request
from BE.core.http.dependencies import Provided
from BE.core.text import without_unprintable
from BE.modules.auth.models import Device
from BE.modules.auth.security.host_cookie import DeviceCookie

_USER_AGENT_LENGTH = 500


async def _device(request: Request, cookie: Provided[DeviceCookie]) -> Device:
    context = current_request()
    user_agent = without_unprintable(request.headers.get("user-agent", "")[:_USER_AGENT_LENGTH])
    return Device(
        user_agent=user_agent or None,
        ip=context.client_ip if context else None,
        tokens=tuple(cookie.read(request.headers.getlist("cookie"))),
    )


UsedDevice = Annotated[Device, Depends(_device)]
"""The device that sent the request."""
