"""Swagger UI and Redoc, whose files come with the package ``fastapi-offline``: no CDN is needed."""

from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from BE.core.http.documentation.document import Documents
from BE.core.http.paths import FIRST_VERSION, api_of

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
    """Add ``/docs``, the target of ``/``, and ``/redoc``, and those of each later version.

    ``root_path`` is the prefix of each address.
    """
    documents: Documents = app.state.documents
    for version in documents.versions:
        place = "" if version == FIRST_VERSION else f"/v{version}"
        for path, template in ((f"/docs{place}", _SWAGGER), (f"/redoc{place}", _REDOC)):
            page = _page(app, template, version, root_path)
            app.add_api_route(path, page, include_in_schema=False)
        if version != FIRST_VERSION:  # FastAPI serves the first one
            app.add_api_route(_document(version), _answer(version), include_in_schema=False)
    files = _Assets(
        directory=Path(__file__).parent / "static", packages=[("fastapi_offline", "static")]
    )
    app.mount(_ASSETS, files)

    async def to_docs() -> RedirectResponse:
        return RedirectResponse(f"{root_path}/docs")

    app.add_api_route("/", to_docs, include_in_schema=False)


def _document(version: int) -> str:
    """The path of a version's OpenAPI document."""
    return f"{api_of(version)}/openapi.json"


def _answer(version: int) -> Any:
    # FastAPI caches endpoints for the process: one that holds its application would keep it alive
    async def document(request: Request) -> JSONResponse:
        documents: Documents = request.app.state.documents
        return JSONResponse(documents.of(version))

    return document


def _page(app: FastAPI, template: str, version: int, root_path: str) -> Any:
    html = template.format(
        title=escape(app.title),
        assets=escape(root_path + _ASSETS),
        openapi=escape(root_path + _document(version)),
    )

    async def page() -> HTMLResponse:
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    return page
