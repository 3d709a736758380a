"""The OpenAPI document that FastAPI generates from the routes, completed for typed clients."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from BE.core.flags import Flags
from BE.core.http.access import FRESH, admits_without_token
from BE.core.http.documentation.codes import codes_of
from BE.core.http.documentation.error_examples import examples_of_error
from BE.core.http.documentation.examples import example_of
from BE.core.http.documentation.headers import HEADERS, header_names
from BE.core.http.documentation.schemas import SCHEMAS, schema_of
from BE.core.http.errors import ErrorResponse
from BE.core.http.flag_values import FLAG_VALUES, schema_of_flag
from BE.core.http.paths import FIRST_VERSION, version_in
from BE.core.http.routes import StrictRoute, strict_routes, versions_among
from BE.core.http.scope_names import SCOPE_NAME
from BE.core.security.scopes import ANY_SCOPE, Scopes

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


class Documents:
    """The OpenAPI documents of an application, one for each version of its API."""

    def __init__(
        self,
        app: FastAPI,
        routers: Iterable[APIRouter],
        scopes: Scopes,
        flags: Flags,
        *,
        root_path: str = "",
    ) -> None:
        """``root_path`` is the prefix that a proxy adds to every path."""
        self._app = app
        self._scopes = scopes
        self._flags = flags
        self._routes = strict_routes(routers)
        self._root_path = root_path
        self._made: dict[int, _Object] = {}
        self.versions = versions_among(routers)

    def of(self, version: int) -> _Object:
        """All that a client of ``version`` may call, including what it keeps of earlier ones."""
        if version not in self._made:
            self._made[version] = self._make(version)
        return self._made[version]

    def _make(self, version: int) -> _Object:
        routes = [route for route in self._routes if _is_in(version, route)]
        document = get_openapi(
            title=self._app.title,
            version=self._app.version,
            routes=self._served(routes),
            servers=[{"url": self._root_path or "/"}],
            license_info=_LICENSE,
            separate_input_output_schemas=False,
        )
        _complete(document, {route.name: route for route in routes}, self._scopes, self._flags)
        for scheme in document["components"]["securitySchemes"].values():
            for flow in scheme.get("flows", {}).values():
                flow["tokenUrl"] = self._root_path + flow["tokenUrl"]
        return document

    def _served(self, routes: list[StrictRoute]) -> Sequence[BaseRoute]:
        """The routes with the names that the application gives them."""
        part = FastAPI(generate_unique_id_function=lambda route: route.name, openapi_url=None)
        part.include_router(APIRouter(routes=[*routes]))
        return part.routes


def complete_document(
    app: FastAPI,
    routers: Iterable[APIRouter],
    scopes: Scopes,
    flags: Flags,
    *,
    root_path: str = "",
) -> None:
    """Complete the application's documents with all that a generated client needs."""
    documents = Documents(app, routers, scopes, flags, root_path=root_path)
    app.state.documents = documents
    first = partial(documents.of, FIRST_VERSION)
    app.openapi = first  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _is_in(version: int, route: StrictRoute) -> bool:
    """Whether it is of this version, or of an earlier one and has no successor in this one."""
    own = version_in(route.path)
    if own is None or own == version or route.deprecation is None:
        return own is None or own <= version
    return own < version < (version_in(route.deprecation.successor) or own)


def _complete(
    document: _Object, routes: dict[str, StrictRoute], scopes: Scopes, flags: Flags
) -> None:
    components = document["components"]
    schemas: _Object = components["schemas"]
    schemas[ErrorResponse.__name__] = schema_of(ErrorResponse)
    _hoist(document, schemas)
    for schema in schemas.values():
        _describe_defaults(schema)
        _list_scopes(schema, scopes)
        _list_flags(schema, flags)
    components["securitySchemes"] |= _API_KEYS
    for method, operation in _operations(document):
        route = routes[operation["operationId"]]
        _describe_access(operation, route, method)
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
    components["headers"] = _used_headers(document)
    _prune(document, schemas)


def _operations(document: _Object) -> Iterator[tuple[str, _Object]]:
    """Each operation with its method."""
    for path in document["paths"].values():
        yield from path.items()


def _describe_access(operation: _Object, route: StrictRoute, method: str) -> None:
    """Who may call it: as ``security``, and in ``x-access`` as the route declares it."""
    scope = route.key_gate.scope_of(method.upper()) if route.key_gate else None
    security: list[_Object] = operation.setdefault("security", [])
    security += [{"api_key": [] if scope == ANY_SCOPE else [scope]}] if scope else []
    security += [{}] if admits_without_token(route.access) else []
    operation["x-access"] = {
        "callers": route.access.name,
        "api_key_scope": scope,
        "needs_step_up": FRESH.dependency in route.gates,
        "team_role": route.team_gate.role_for(method.upper()) if route.team_gate else None,
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
    """Make operations refer to shared error answers: most of them are common to many."""
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
    """Move the definitions of hand-written schemas of routes to all the others."""
    if isinstance(value, dict):
        schemas.update(value.pop("$defs", {}))
        for child in list(value.values()):  # may be the schemas themselves
            _hoist(child, schemas)
    elif isinstance(value, list):
        for child in value:
            _hoist(child, schemas)


def _describe_defaults(schema: _Object) -> None:
    """Generators take a field with a default for one that is always there: say it in words."""
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if default is not None:
            said = str(default).lower() if isinstance(default, bool) else default
            field["description"] = " ".join(
                filter(None, [field.get("description"), f"Default: {said}."])
            )


def _list_scopes(schema: _Object, scopes: Scopes) -> None:
    """List the scopes that the contexts declare."""
    if schema.pop(SCOPE_NAME, False):
        del schema["maxLength"]
        schema["enum"] = [*scopes.names]


def _list_flags(schema: _Object, flags: Flags) -> None:
    """List the flags that the contexts declare, each with its possible values."""
    if schema.pop(FLAG_VALUES, False):
        del schema["additionalProperties"]
        schema["properties"] = {name: schema_of_flag(flag) for name, flag in flags.declared.items()}
        schema["required"] = [*flags.declared]


def _require_plain(parameter: _Object) -> None:
    """No parameter is ever null: an optional one is absent."""
    schema = parameter["schema"]
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]


def _used_headers(document: _Object) -> _Object:
    responses = [*document["components"]["responses"].values()]
    for _, operation in _operations(document):
        responses += operation["responses"].values()
    used = {name for response in responses for name in response.get("headers", ())}
    return {name: header for name, header in HEADERS.items() if name in used}


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
