"""Which transactions a snapshot sees."""

import pytest

from BE.core.live.snapshot import Snapshot


@pytest.mark.parametrize(
    ("xid", "is_seen"),
    [(9, True), (10, False), (11, True), (12, False), (19, True), (20, False), (21, False)],
)
def test_a_snapshot_sees_finished_transactions(xid: int, *, is_seen: bool) -> None:
    assert Snapshot.parse("10:20:10,12").sees(xid) is is_seen


@pytest.mark.parametrize("text", ["10:20:10,12", "20:20:"])
def test_a_snapshot_is_formatted_as_by_postgresql(text: str) -> None:
    assert str(Snapshot.parse(text)) == text
