"""Which codes each error answer of a route can have."""

from collections.abc import Sequence

from BE.core.http.form_checks import checks_among
from BE.core.http.idempotency import IDEMPOTENT
from BE.core.http.routes import StrictRoute

_OF_ANY_ROUTE: dict[int, tuple[str, ...]] = {
    400: ("BAD_REQUEST",),
    403: ("FORBIDDEN",),
    404: ("NOT_FOUND",),
    408: ("REQUEST_TIMEOUT",),
    409: ("CONFLICT",),
    412: ("PRECONDITION_FAILED",),
    413: ("PAYLOAD_TOO_LARGE",),
    415: ("UNSUPPORTED_MEDIA_TYPE",),
    422: ("VALIDATION_ERROR",),
    429: ("RATE_LIMITED",),
    500: ("INTERNAL_ERROR",),
    503: ("UNAVAILABLE", "OUTCOME_UNKNOWN"),
    504: ("TIMEOUT",),
}
_WITHOUT_ACCESS: tuple[str, ...] = ("UNAUTHORIZED", "TOKEN_EXPIRED")
_OF_IDEMPOTENCY: dict[int, str] = {
    409: "IDEMPOTENCY_IN_FLIGHT",
    422: "IDEMPOTENCY_KEY_REUSED",
}


def codes_of(route: StrictRoute, status: int) -> list[str]:
    """The codes of the route's answers of this status; empty where it has no error answer."""
    declared: Sequence[str] = route.responses.get(status, {}).get("x-codes", ())
    codes = [*_OF_ANY_ROUTE.get(status, ()), *declared]
    refusals = [refusal for gate in route.gates for refusal in gate.refuses_with]
    codes += [
        refusal.code
        for refusal in refusals
        if not isinstance(refusal, int) and refusal.status == status
    ]
    if status == 401:  # noqa: PLR2004
        refused = status in refusals
        codes += _WITHOUT_ACCESS if refused else () if declared else _WITHOUT_ACCESS[:1]
    if IDEMPOTENT in route.dependencies and status in _OF_IDEMPOTENCY:
        codes.append(_OF_IDEMPOTENCY[status])
    if checks_among(route.dependencies) and status == 422:  # noqa: PLR2004
        codes.append("WEAK_PASSWORD")
    return list(dict.fromkeys(codes))
