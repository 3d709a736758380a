"""The OpenAPI document that FastAPI makes of the routes, completed for typed clients."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from BE.core.http.access import FRESH, admits_without_token
from BE.core.http.documentation.codes import codes_of
from BE.core.http.documentation.error_examples import examples_of_error
from BE.core.http.documentation.examples import example_of
from BE.core.http.documentation.headers import HEADERS, header_names
from BE.core.http.documentation.schemas import SCHEMAS
from BE.core.http.routes import StrictRoute, strict_routes

_LICENSE = {"name": "MIT", "url": "https://opensource.org/license/mit"}
_API_KEYS = {
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "bnd_…",
        "description": "A key from `POST /api/v1/auth/api-keys`, sent like an access token. Each"
        " operation names the scope that the key must have; without one it takes no key.",
    }
}
_FIRST_ERROR = "400"
_OWN_KEYS = ("x-codes", "x-headers")

type _Object = dict[str, Any]


def complete_document(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Have the application's document say all that a generated client needs."""
    routes = {route.name: route for route in strict_routes(routers)}

    def openapi() -> _Object:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, routes)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _document(app: FastAPI, routes: dict[str, StrictRoute]) -> _Object:
    document = get_openapi(
        title=app.title,
        version=app.version,
        routes=app.routes,
        servers=app.servers or [{"url": "/"}],
        license_info=_LICENSE,
        separate_input_output_schemas=False,
    )
    components = document["components"]
    schemas: _Object = components["schemas"]
    _hoist(document, schemas)
    for schema in schemas.values():
        _say_defaults(schema)
    components["securitySchemes"] |= _API_KEYS
    for method, operation in _operations(document):
        route = routes[operation["operationId"]]
        _say_access(operation, route, method)
        for parameter in operation.get("parameters", ()):
            _require_plain(parameter)
        for status, response in operation["responses"].items():
            _complete_response(response, status, route, schemas)
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in body.get("content", {}).values():
                if content.get("schema"):
                    content["example"] = example_of(content["schema"], schemas)
    components["headers"] = HEADERS
    components["responses"] = _share_errors(document)
    _prune(document, schemas)
    return document


def _operations(document: _Object) -> Iterator[tuple[str, _Object]]:
    """Each with its method."""
    for path in document["paths"].values():
        yield from path.items()


def _say_access(operation: _Object, route: StrictRoute, method: str) -> None:
    """Who may call: as ``security``, and in ``x-access`` as the route declares it."""
    scope = route.key_gate.scope_of(method.upper()) if route.key_gate else None
    security: list[_Object] = operation.setdefault("security", [])
    security += [{"api_key": [scope]}] if scope else []
    security += [{}] if admits_without_token(route.access) else []
    operation["x-access"] = {
        "callers": route.access.name,
        "api_key_scope": scope,
        "needs_step_up": FRESH.dependency in route.gates,
    }


def _complete_response(
    response: _Object, status: str, route: StrictRoute, schemas: _Object
) -> None:
    for key in _OWN_KEYS:
        response.pop(key, None)
    names = header_names(route, int(status))
    response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    content = response.get("content", {}).get("application/json")
    codes = codes_of(route, int(status)) if status >= _FIRST_ERROR else []
    if codes and content and _named(content["schema"]).endswith("ErrorResponse"):
        base = schemas[_named(content["schema"])]
        name = _error_name(codes, _named(content["schema"]))
        schemas[name] = _with_codes(base, int(status), codes, title=name)
        content["schema"] = {"$ref": SCHEMAS + name}


def _share_errors(document: _Object) -> _Object:
    """Have operations refer to their error answers: most are those of many others."""
    shared: _Object = {}
    for _, operation in _operations(document):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/json", {})
            name = _named(content.get("schema", {}))
            if name.endswith("Error") and shared.setdefault(name, response) == response:
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return shared


def _named(schema: _Object) -> str:
    name: str = schema.get("$ref", "").rpartition("/")[2]
    return name


def _error_name(codes: list[str], base: str) -> str:
    if base != "ErrorResponse":
        return base.removesuffix("Response")
    words = ("".join(part.capitalize() for part in code.split("_")) for code in codes)
    return "Or".join(word.removesuffix("Error") for word in words) + "Error"


def _with_codes(base: _Object, status: int, codes: list[str], *, title: str) -> _Object:
    properties = {
        **base["properties"],
        "code": {"type": "string", "enum": codes, "title": "Code"},
        "status": {"type": "integer", "enum": [status], "title": "Status"},
    }
    for name, example in examples_of_error(status, codes[0]).items():
        if name in properties and "enum" not in properties[name]:
            properties[name] = {**properties[name], "examples": [example]}
    return {**base, "properties": properties, "title": title}


def _hoist(value: Any, schemas: _Object) -> None:
    """Move the definitions of schemas that routes declare by hand to where all others are."""
    if isinstance(value, dict):
        schemas.update(value.pop("$defs", {}))
        for child in value.values():
            _hoist(child, schemas)
    elif isinstance(value, list):
        for child in value:
            _hoist(child, schemas)


def _say_defaults(schema: _Object) -> None:
    """Generators take a field with a default for one that is always there: say it in words."""
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if default is not None:
            said = str(default).lower() if isinstance(default, bool) else default
            field["description"] = " ".join(
                filter(None, [field.get("description"), f"Default: {said}."])
            )


def _require_plain(parameter: _Object) -> None:
    """No parameter is ever null: an optional one is absent."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]


def _prune(document: _Object, schemas: _Object) -> None:
    """Remove the schemas that nothing refers to."""
    while unused := schemas.keys() - _referred(document):
        for name in unused:
            del schemas[name]


def _referred(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {_named(value)} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_referred, value.values()))
    return set().union(*map(_referred, value)) if isinstance(value, list) else set()
