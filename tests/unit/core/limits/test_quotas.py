import pytest

from BE.core.exceptions import ConflictError
from BE.core.limits import quotas as module
from BE.core.limits.quotas import Quota
from BE.core.types import new_id

ADA, BOB = new_id(), new_id()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Full(ConflictError):
    def __init__(self, most: int) -> None:
        super().__init__(f"{most} at most")


def quota(most: int, clock: Clock | None = None) -> Quota:
    return Quota(most, Full, clock or Clock())


@pytest.mark.parametrize("most", [1, 7, 8, 9, 100, 12_345])
def test_one_process_allows_exactly_the_limit(most: int) -> None:
    allowed, held, counts = quota(most), 0, 0

    with pytest.raises(Full, match=f"{most} at most"):
        while held <= most:
            if not allowed.draw(ADA):
                counts += 1
                allowed.settle(ADA, 1, held=held)
            held += 1

    assert held == most
    assert counts < 1100


def test_draws_without_a_count_are_limited_to_a_part_of_the_room() -> None:
    near, small, large = quota(1000), quota(1601), quota(1_000_000)
    for allowed in (near, small, large):
        allowed.settle(ADA, 1, held=0)

    assert not near.draw(ADA)
    assert small.draw(ADA, 200)
    assert not small.draw(ADA)
    assert not large.draw(ADA, 1001)
    assert large.draw(ADA, 1000)


def test_a_smaller_batch_is_allowed_after_one_that_is_too_large() -> None:
    allowed = quota(100)

    with pytest.raises(Full):
        allowed.settle(ADA, 50, held=80)
    assert not allowed.draw(ADA, 20)
    allowed.settle(ADA, 20, held=80)


def test_a_refused_account_is_not_counted_again_for_a_second() -> None:
    clock = Clock()
    allowed = quota(100, clock)
    with pytest.raises(Full):
        allowed.settle(ADA, 1, held=100)

    with pytest.raises(Full):
        allowed.draw(ADA)
    assert not allowed.draw(BOB)
    clock.now += 1.5
    assert not allowed.draw(ADA)
    allowed.settle(ADA, 1, held=99)


def test_an_account_over_its_limit_is_refused() -> None:
    with pytest.raises(Full):
        quota(100).settle(ADA, 1, held=5000)


def test_an_underestimated_batch_uses_up_the_credit() -> None:
    allowed = quota(8001)
    allowed.settle(ADA, 1, held=0)
    allowed.spend(ADA, 1000)
    allowed.spend(BOB, 1)

    assert not allowed.draw(ADA)


def test_the_number_of_remembered_accounts_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ACCOUNTS", 2)
    allowed = quota(10_000)
    accounts = [ADA, BOB, new_id()]
    for account in (ADA, BOB, ADA, accounts[2]):
        allowed.settle(account, 1, held=0)

    assert [allowed.draw(account) for account in accounts] == [True, False, True]


def test_an_account_is_near_its_limit_within_the_uncounted_room() -> None:
    allowed = quota(100_000)

    assert not allowed.is_near(99_000)
    assert allowed.is_near(99_001)
    assert quota(10).is_near(0)
