import pytest

from BE.core.limits.concurrency import ConcurrencyLimit, TooManyAtOnce


def test_a_caller_at_the_limit_is_refused() -> None:
    limit = ConcurrencyLimit(2)

    with (
        limit.hold("anna"),
        limit.hold("anna"),
        pytest.raises(TooManyAtOnce) as refusal,
        limit.hold("anna"),
    ):
        pass

    assert refusal.value.headers["Retry-After"] == "1"


def test_another_caller_is_not_affected() -> None:
    limit = ConcurrencyLimit(1)

    with limit.hold("anna"), limit.hold("bert"):
        pass


def test_a_failed_request_no_longer_counts() -> None:
    limit = ConcurrencyLimit(1)
    with pytest.raises(ZeroDivisionError), limit.hold("anna"):
        raise ZeroDivisionError

    with limit.hold("anna"):
        pass


def test_a_refused_request_does_not_count() -> None:
    limit = ConcurrencyLimit(1)
    with limit.hold("anna"):
        for _ in range(3):
            with pytest.raises(TooManyAtOnce), limit.hold("anna"):
                pass

    with limit.hold("anna"):
        pass


def test_finished_callers_take_no_memory() -> None:
    limit = ConcurrencyLimit(1)

    for caller in range(100):
        with limit.hold(caller):
            pass
        with limit.hold(caller), pytest.raises(TooManyAtOnce), limit.hold(caller):
            pass

    assert not limit._running
