import pytest

from BE.core.http.pagination import Cursors, InvalidCursor
from BE.core.security.keys import KeyRing


def test_outlive_a_key_rotation() -> None:
    old, new = "old:" + "o" * 32, "new:" + "n" * 32
    sealed = Cursors(KeyRing.parse(old)).seal("list", [1, "a"])

    assert Cursors(KeyRing.parse(f"{new},{old}")).open("list", sealed) == [1, "a"]
    with pytest.raises(InvalidCursor):
        Cursors(KeyRing.parse(new)).open("list", sealed)
