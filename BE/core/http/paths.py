"""The paths that are used outside the routers."""

from starlette.types import Scope

VERSIONS = "/api/v"
"""The prefix of the API's versions, which follow it by number."""
FIRST_VERSION = 1
API = f"{VERSIONS}{FIRST_VERSION}"
HEALTH = "/health"
LIVE = f"{HEALTH}/live"
READY = f"{HEALTH}/ready"
METRICS = "/metrics"

_ROOT_PATH = "bounded.root_path"
_PROBES = frozenset({HEALTH, LIVE, READY, METRICS})
_OURS = frozenset({"api", "dev", "docs", "health", "metrics", "redoc"})


def api_of(version: int) -> str:
    """The prefix of a version of the API."""
    return f"{VERSIONS}{version}"


def version_in(path: str) -> int | None:
    """The version of the API that a path belongs to."""
    number = path.removeprefix(VERSIONS).partition("/")[0]
    return int(number) if path.startswith(VERSIONS) and number.isdecimal() else None


def is_probe(path: str) -> bool:
    """Whether it is for probes, which are answered even when the process is full."""
    return path in _PROBES


def is_page(path: str) -> bool:
    """Whether it belongs to the front end: its first part is none of the server's."""
    return path[1:].partition("/")[0] not in _OURS


def prefix_path(scope: Scope, root_path: str) -> None:
    """Store the prefix that a proxy adds to every path."""
    scope[_ROOT_PATH] = root_path


def public_path(scope: Scope) -> str:
    """The path of the request as its client sees it, with the prefix that a proxy adds."""
    path: str = scope.get(_ROOT_PATH, "") + scope["path"]
    return path


def prefix_of(scope: Scope) -> str:
    """The prefix that a proxy adds to every path; empty without one."""
    prefix: str = scope.get(_ROOT_PATH, "")
    return prefix
