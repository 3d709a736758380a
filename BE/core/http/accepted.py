"""The types and codings that a client accepts, as ``Accept`` lists them (RFC 9110 §12.5)."""

from collections.abc import Mapping
from functools import lru_cache

from starlette.types import Scope


def accepted_by(scope: Scope, header: bytes) -> Mapping[str, float]:
    """The entries of the client's header, with weights from 0 (refused) to 1; all in lower case."""
    lines = [value for name, value in scope["headers"] if name == header]
    return weights_in(b",".join(lines).decode("latin-1"))


@lru_cache(maxsize=256)
def weights_in(text: str) -> Mapping[str, float]:
    """As :func:`accepted_by`, of the header's text."""
    weights = {}
    for element in text.lower().split(","):
        name, *parameters = element.split(";")
        weights[name.strip()] = _weight(parameters)
    return weights


def weight_of(coding: str, weights: Mapping[str, float]) -> float:
    """The weight of a content coding: its own, or that of ``*``."""
    return weights.get(coding, weights.get("*", 0))


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1
