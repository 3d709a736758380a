"""The one bridge from FastAPI to the container."""

from typing import Any

from fastapi import Depends, Request


def provided(name: str) -> Any:
    """Depend on the provider ``name`` of the application's container.

    An async getter on purpose: FastAPI sends a plain ``def`` to its thread pool, and so does
    dependency-injector's ``Provide``.
    """

    async def resolve(request: Request) -> Any:
        return getattr(request.app.state.container, name)()

    return Depends(resolve)
