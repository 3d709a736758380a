from starlette.types import ASGIApp, Receive, Scope, Send

from BE.core.http.paths import VERSIONS, prefix_path


class RootPathMiddleware:
    """Serves below a prefix, whether the proxy in front strips it from the path or not.

    Behind it every path is as without a prefix.
    """

    def __init__(self, app: ASGIApp, *, root_path: str) -> None:
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = without_prefix(scope["path"], self._root_path)
            prefix_path(scope, self._root_path)
        await self._app(scope, receive, send)


def without_prefix(path: str, root_path: str) -> str:
    """The path without the prefix, if it has one."""
    if not root_path or not path.startswith(root_path):
        return path
    rest = path[len(root_path) :]
    if rest and not rest.startswith("/"):
        return path
    # below a prefix such as /api, which our own paths have too
    if path.startswith(VERSIONS) and not rest.startswith(VERSIONS):
        return path
    return rest or "/"
