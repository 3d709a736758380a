from typing import Annotated

from fastapi import Depends, Request

from BE.core.context import current_request
from BE.core.http.dependencies import Provided
from BE.modules.auth.models import Device
from BE.modules.auth.security.host_cookie import DeviceCookie


async def _device(request: Request, cookie: Provided[DeviceCookie]) -> Device:
    context = current_request()
    return Device.of(
        request.headers.get("user-agent", ""),
        context.client_ip if context else None,
        cookie.read(request.headers.getlist("cookie")),
    )


UsedDevice = Annotated[Device, Depends(_device)]
"""The device that sent the request."""
