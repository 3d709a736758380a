from BE.core.telemetry import tracing
from config import Settings


def cautions(settings: Settings) -> list[str]:
    """What is allowed but seldom meant, one sentence each."""
    found = []
    if not settings.rate_limit_enabled:
        found.append("RATE_LIMIT_ENABLED is false: passwords can be guessed without end.")
    elif settings.redis_url is None and (settings.web_concurrency or 1) > 1:
        found.append(
            f"REDIS_URL is not set: each of the {settings.web_concurrency} processes counts"
            f" requests by itself, so limits are {settings.web_concurrency} times as high."
        )
    if settings.otel_exporter_otlp_endpoint and not tracing.is_installed():
        found.append(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: run"
            " pip install -r requirements-otel.txt."
        )
    return found
