import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from BE.core.telemetry.tracing import Tracing


@pytest.mark.parametrize(("given", "reported"), [("", "bounded"), ("shop", "shop")])
def test_the_environment_may_name_the_service(
    given: str, reported: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", given)
    provider = Tracing(SimpleSpanProcessor(InMemorySpanExporter())).provider

    assert provider is not None
    assert provider.resource.attributes["service.name"] == reported
    assert provider.resource.attributes["telemetry.sdk.language"] == "python"
