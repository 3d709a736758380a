"""The metrics of a process."""

import httpx
from prometheus_client.parser import text_string_to_metric_families


async def metric_value(client: httpx.AsyncClient, name: str, **labels: str) -> float | None:
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [
        sample
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    ]
    return sum(sample.value for sample in samples) if samples else None
