"""The paths that are known outside the routers."""

API = "/api/v1"
HEALTH = "/health"
LIVE = f"{HEALTH}/live"
READY = f"{HEALTH}/ready"
METRICS = "/metrics"

_PROBES = frozenset({HEALTH, LIVE, READY, METRICS})


def is_probe(path: str) -> bool:
    """Whether it is for probes, which are answered however full the process is."""
    return path in _PROBES
