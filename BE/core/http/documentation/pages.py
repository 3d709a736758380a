"""Swagger UI and Redoc, whose files come with the package ``fastapi-offline``: no CDN is needed."""

from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from BE.core.http.paths import API

_OPENAPI = f"{API}/openapi.json"
_ASSETS = "/docs/assets"
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " worker-src blob:; frame-ancestors 'none'"
)
_SWAGGER = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{assets}/favicon.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui" data-openapi="{openapi}"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/swagger.js"></script>
</body>
</html>
"""
_REDOC = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{assets}/favicon.png">
</head>
<body style="margin: 0">
<redoc spec-url="{openapi}"></redoc>
<script src="{assets}/redoc.standalone.js"></script>
</body>
</html>
"""


class _Assets(StaticFiles):
    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "no-cache, no-transform"
        return response


def install_documentation(app: FastAPI, *, root_path: str) -> None:
    """Add ``/docs`` and ``/redoc``, to which ``/`` leads; ``root_path`` is before each address."""
    for path, template in (("/docs", _SWAGGER), ("/redoc", _REDOC)):
        app.add_api_route(path, _page(app, template, root_path), include_in_schema=False)
    files = _Assets(
        directory=Path(__file__).parent / "static", packages=[("fastapi_offline", "static")]
    )
    app.mount(_ASSETS, files)

    async def to_docs() -> RedirectResponse:
        return RedirectResponse(f"{root_path}/docs")

    app.add_api_route("/", to_docs, include_in_schema=False)


def _page(app: FastAPI, template: str, root_path: str) -> Any:
    html = template.format(
        title=escape(app.title),
        assets=escape(root_path + _ASSETS),
        openapi=escape(root_path + _OPENAPI),
    )

    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    return page


def document_root_path(app: FastAPI, root_path: str) -> None:
    """Have the OpenAPI document name the prefix that a proxy adds to every path."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        document = generate()
        if is_new:
            for scheme in document["components"]["securitySchemes"].values():
                for flow in scheme.get("flows", {}).values():
                    flow["tokenUrl"] = root_path + flow["tokenUrl"]
        return document

    app.servers = [{"url": root_path}]
    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
