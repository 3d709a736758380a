"""Alerts and dashboard query only exposed metrics, and the dashboard shows all of them."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from BE.core.events.deliveries import Backlog
from BE.core.jobs.stored_jobs import JobBacklog
from BE.core.operations.metrics import Metrics
from BE.core.product import SLUG
from tests.support.project import ROOT, anchors
from tests.support.promtool import BINARY, needs_promtool

PROMETHEUS = ROOT / "deploy/prometheus"
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
ALERTS = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
OF_PROMETHEUS = {"up": set[str]()}
"""Metrics that Prometheus itself adds to each target."""
OF_TARGET = {"instance", "job"}
"""The labels that it adds to each target."""


def queries() -> Iterator[str]:
    yield from (alert["expr"] for alert in ALERTS)
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def exposed() -> dict[str, set[str]]:
    """Every metric that a process can expose, with its labels."""
    metrics = Metrics()
    metrics.observer([])("/api/v1/tasks", "GET", 200, 0.1)
    metrics._sign_ins.labels("success").inc()
    metrics.refusal(503)
    metrics.delivery("tasks.on_user_deleted", is_done=True)
    metrics.job("export", "done", 0.1)
    metrics.cache_lookup(is_hit=True)
    metrics.stream_opened("sse", is_resumed=True)
    metrics.stream_reset()
    metrics.stream_cut_off()
    metrics.stream_message(0.1)
    metrics.outside_call("mail", "answered", 0.1)
    metrics.open_circuits("mail", 1)
    database: Any = SimpleNamespace(pool=SimpleNamespace(idle=1, in_use=1))
    passwords: Any = SimpleNamespace(in_hand=1)
    metrics.sample(database, passwords)
    overdue = timedelta(seconds=1)
    text = metrics.exposition(
        Backlog(pending=1, dead=1, overdue=overdue),
        JobBacklog(queued=1, running=1, dead=1, overdue=overdue),
    ).decode()
    families = list(text_string_to_metric_families(text))
    assert [family.name for family in families if not family.samples] == []
    return {
        sample.name: {*sample.labels}
        for family in families
        for sample in family.samples
        if not sample.name.endswith("_created")  # the library's own: when the count began
    }


EXPOSED = exposed()


def names_in(query: str) -> set[str]:
    """The metrics in a query: words outside braces and brackets that are no functions."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|without) *\([^)]*\)|\"[^\"]*\"", " ", query)
    words = re.findall(r"\b[a-z_]+\b(?! *\()", bare)
    return {word for word in words if "_" in word or word in OF_PROMETHEUS}


def labels_in(query: str) -> set[str]:
    matched = re.findall(r"[{,] *(\w+) *(?:=~|!=|!~|=)", query)
    grouped = [
        name for names in re.findall(r"\bby *\(([^)]*)\)", query) for name in names.split(",")
    ]
    return {*matched, *(name.strip() for name in grouped)}


def family(name: str) -> str:
    return re.sub("_(bucket|count|sum)$", "", name)


@pytest.mark.parametrize("query", sorted(set(queries())))
class TestAQuery:
    def test_uses_only_exposed_metrics(self, query: str) -> None:
        names = names_in(query)

        assert names
        assert names <= EXPOSED.keys() | OF_PROMETHEUS.keys()

    def test_uses_only_labels_of_its_metrics(self, query: str) -> None:
        known = EXPOSED | OF_PROMETHEUS
        of_metrics = set[str]().union(*(known[name] for name in names_in(query)))

        assert labels_in(query) <= of_metrics | OF_TARGET


def test_every_metric_is_in_the_dashboard() -> None:
    drawn = {
        family(name)
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name in names_in(target["expr"])
    }

    assert {family(name) for name in EXPOSED} == drawn - OF_PROMETHEUS.keys()


def test_every_alarm_on_the_operations_page_is_an_alert() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    spans = re.findall(r"^\| *`([^`]+)`", page, re.MULTILINE)
    alarms = {span for span in spans if "bounded_" in span and " > " in span}

    watched = {family(name) for alert in ALERTS for name in names_in(alert["expr"])}

    assert alarms
    assert alarms <= {alert["expr"] for alert in ALERTS}
    assert {family(name) for name in re.findall(rf"\b{SLUG}_\w+", page)} <= watched


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
class TestAnAlert:
    def test_has_a_summary_and_a_runbook(self, alert: dict[str, Any]) -> None:
        path, _, anchor = alert["annotations"]["runbook"].partition("#")

        assert alert["annotations"]["summary"].endswith(".")
        assert anchor in anchors(ROOT / path)

    def test_has_a_severity(self, alert: dict[str, Any]) -> None:
        assert alert["labels"]["severity"] in {"page", "ticket"}

    def test_has_a_test_in_which_it_fires(self, alert: dict[str, Any]) -> None:
        cases = (PROMETHEUS / "alerts.test.yml").read_text()

        assert f'{{alertname="{alert["alert"]}"}}' in cases


@needs_promtool
@pytest.mark.parametrize(
    "command",
    ["check config prometheus.yml", "check rules alerts.yml", "test rules alerts.test.yml"],
)
def test_promtool_accepts_the_files(command: str) -> None:
    checked = subprocess.run(
        [str(BINARY), *command.split()], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


class TestTheDashboard:
    """Only its structure is tested: Grafana does not run in the tests."""

    def test_has_panels_that_do_not_overlap_with_unique_titles(self) -> None:
        panels = DASHBOARD["panels"]
        places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}

        assert DASHBOARD["schemaVersion"] >= 30
        assert len({panel["id"] for panel in panels}) == len(panels) == len(places)
        assert len({panel["title"] for panel in panels}) == len(panels)

    def test_queries_the_prometheus_that_the_reader_chooses(self) -> None:
        [variable] = DASHBOARD["templating"]["list"]
        sources = [panel["datasource"] for panel in DASHBOARD["panels"]]

        assert variable["type"] == "datasource"
        assert sources == [
            {"type": "prometheus", "uid": f"${{{variable['name']}}}"} for _ in sources
        ]
