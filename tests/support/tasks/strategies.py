"""Tasks, filters and orders for property-based tests, from few values so that they match."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.tasks.model import SORTS

DETERMINISTIC = settings(
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

STATUSES = ["todo", "in_progress", "done"]
PRIORITIES = ["none", "low", "medium", "high", "urgent"]
WORDS = ["plan", "planet", "Garden", "grün", "GRÜN", "日本", "日本語", "a.b", "x-y", "é"]
MOMENTS = [
    "0001-01-01T00:00:00.000001Z",
    "2020-01-01T00:00:00Z",
    "2020-01-01T00:00:00.000001Z",
    "2020-01-01T07:59:59.999999Z",
    "2020-01-01T08:00:00Z",
    "2090-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
]

DAYS = ["0001-01-02", "2019-12-31", "2020-01-01", "2089-12-31", "2090-01-01", "9999-12-30"]
ZONES = ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"]

days = st.sampled_from(DAYS)
moments = st.sampled_from(MOMENTS)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
tags = st.lists(st.sampled_from(["a", "b", "c, d"]), max_size=2)
fields: dict[str, st.SearchStrategy[Any]] = {
    "title": texts,
    "description": st.none() | texts,
    "status": st.sampled_from(STATUSES),
    "priority": st.sampled_from(PRIORITIES),
    "tags": tags,
}
due: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"due_at": st.none() | moments, "due_on": st.none()}),
    st.fixed_dictionaries({"due_at": st.none(), "due_on": days}),
)
changes = st.builds(dict.__or__, st.fixed_dictionaries({}, optional=fields), due)
drafts = st.builds(dict.__or__, st.fixed_dictionaries({"title": texts}), changes)

beginnings = texts.flatmap(lambda text: st.integers(1, len(text)).map(lambda n: text[:n]))
filters = st.fixed_dictionaries(
    {},
    optional={
        "status": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=2),
        "priority": st.lists(st.sampled_from(PRIORITIES), min_size=1, max_size=3),
        "tag": st.lists(st.sampled_from(["a", "b", "c, d"]), min_size=1, max_size=2),
        "due_before": moments,
        "due_after": moments,
        "overdue": st.booleans(),
        "tz": st.sampled_from(ZONES),
        "q": beginnings,
    },
)
orders = st.fixed_dictionaries(
    {"sort_by": st.sampled_from(SORTS)},
    optional={"sort_order": st.sampled_from(["asc", "desc"])},
)
