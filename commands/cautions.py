from pathlib import Path

from BE.core.telemetry import fault_reports, tracing
from config import Settings


def cautions(settings: Settings) -> list[str]:
    """Settings that are allowed but seldom intended, one sentence each."""
    found = []
    if not settings.rate_limit_enabled:
        found.append("RATE_LIMIT_ENABLED is false: passwords can be guessed without end.")
    elif settings.redis_url is None and (settings.web_concurrency or 1) > 1:
        found.append(
            f"REDIS_URL is not set: each of the {settings.web_concurrency} processes counts"
            f" requests alone, so limits are {settings.web_concurrency} times as high."
        )
    if settings.otel_exporter_otlp_endpoint and not tracing.is_installed():
        found.append(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing is traced: run"
            " pip install -r requirements-otel.txt."
        )
    if settings.sentry_dsn and not fault_reports.is_installed():
        found.append(
            "SENTRY_DSN is set, but no error is reported: run"
            " pip install -r requirements-sentry.txt."
        )
    if "front_end_dir" in settings.model_fields_set and not has_front_end(settings):
        found.append(
            f"FRONT_END_DIR has no index.html ({settings.front_end_dir}): the API is served alone."
        )
    return found


def has_front_end(settings: Settings) -> bool:
    """Whether the front end to be served is built."""
    return (Path(__file__).parents[1] / settings.front_end_dir / "index.html").is_file()
