"""The paths that are known outside the routers."""

from starlette.types import Scope

API = "/api/v1"
HEALTH = "/health"
LIVE = f"{HEALTH}/live"
READY = f"{HEALTH}/ready"
METRICS = "/metrics"

_ROOT_PATH = "bounded.root_path"
_PROBES = frozenset({HEALTH, LIVE, READY, METRICS})
_OURS = frozenset({"api", "dev", "docs", "health", "metrics", "redoc"})


def is_probe(path: str) -> bool:
    """Whether it is for probes, which are answered however full the process is."""
    return path in _PROBES


def is_page(path: str) -> bool:
    """Whether it belongs to the front end, as all do whose first part is none of ours."""
    return path[1:].partition("/")[0] not in _OURS


def prefix_path(scope: Scope, root_path: str) -> None:
    """Note the prefix that a proxy adds to every path."""
    scope[_ROOT_PATH] = root_path


def public_path(scope: Scope) -> str:
    """The path of the request as its client sees it, with the prefix that a proxy adds."""
    path: str = scope.get(_ROOT_PATH, "") + scope["path"]
    return path


def prefix_of(scope: Scope) -> str:
    """The prefix that a proxy adds to every path; empty without one."""
    prefix: str = scope.get(_ROOT_PATH, "")
    return prefix
