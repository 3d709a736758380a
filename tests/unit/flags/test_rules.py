"""Which value a flag has for a caller."""

from collections import Counter
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from BE.modules.flags.models import Caller, ForPercentage, ForTeams, ForUsers, Setting, bucket_of

ADA, BOB, TEAM = uuid4(), uuid4(), uuid4()
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True)
PERCENTAGES = st.floats(0, 100)
PEOPLE = [str(UUID(int=number)) for number in range(10_000)]


def caller(user_id: UUID, *team_ids: UUID) -> Caller:
    return Caller(str(user_id), [str(team_id) for team_id in team_ids])


def test_the_first_matching_rule_gives_the_value() -> None:
    setting = Setting(
        (ForUsers((ADA,), "red"), ForTeams((TEAM,), "blue"), ForPercentage(100, "grey")), "none"
    )

    assert setting.value_for("colour", caller(ADA, TEAM)) == "red"
    assert setting.value_for("colour", caller(BOB, uuid4(), TEAM)) == "blue"
    assert setting.value_for("colour", caller(BOB)) == "grey"


def test_without_a_matching_rule_the_fallback_applies() -> None:
    setting = Setting((ForUsers((ADA,), value=True), ForPercentage(0, value=True)), otherwise=False)

    assert setting.value_for("trial", caller(BOB)) is False


@given(NAMES, st.uuids(), PERCENTAGES, PERCENTAGES)
def test_an_included_caller_stays_included_as_the_percentage_grows(
    name: str, user_id: UUID, one: float, other: float
) -> None:
    less, more = sorted((one, other))
    is_included = ForPercentage(less, value=True).fits(name, caller(user_id))

    assert not is_included or ForPercentage(more, value=True).fits(name, caller(user_id))


@given(NAMES, st.uuids(), PERCENTAGES)
def test_the_same_caller_gets_the_same_answer(name: str, user_id: UUID, percentage: float) -> None:
    answers = {ForPercentage(percentage, value=True).fits(name, caller(user_id)) for _ in range(3)}

    assert len(answers) == 1


@given(NAMES, st.uuids())
def test_zero_percent_includes_no_caller_and_a_hundred_every_caller(
    name: str, user_id: UUID
) -> None:
    assert not ForPercentage(0, value=True).fits(name, caller(user_id))
    assert ForPercentage(100, value=True).fits(name, caller(user_id))


@given(NAMES)
def test_callers_are_spread_evenly_over_the_percentages(name: str) -> None:
    tenths = Counter(bucket_of(name, person) // 1000 for person in PEOPLE)

    # six standard deviations of a fair draw: 30 each
    assert set(tenths) == set(range(10))
    assert all(abs(count - 1000) < 180 for count in tenths.values())


def test_flags_include_different_users_first() -> None:
    in_both = sum(
        bucket_of("one", person) < 5000 and bucket_of("two", person) < 5000 for person in PEOPLE
    )

    assert 2200 < in_both < 2800


def test_the_bucket_of_a_user_never_changes() -> None:
    """Another hash would assign new buckets to all users at an upgrade."""
    assert bucket_of("tasks_import", "0195b1a4-6f0e-7c33-9d55-8f1b0f6a2c47") == 2603


def test_a_rule_without_users_is_removed() -> None:
    setting = Setting(
        (ForUsers((ADA, BOB), "red"), ForUsers((ADA,), "blue"), ForTeams((ADA,), "grey")), "none"
    )

    assert setting.without_user(ADA) == Setting(
        (ForUsers((BOB,), "red"), ForTeams((ADA,), "grey")), "none"
    )


def test_the_description_contains_neither_ids_nor_free_text() -> None:
    trial = Setting((ForUsers((ADA,), value=True), ForPercentage(12.5, value=True)), otherwise=0)
    colour = Setting((ForTeams((TEAM,), "red"),), "call Ada on 555")

    assert trial.in_words() == "1 by name: true; 12.5 %: true; otherwise: 0"
    assert colour.in_words(["red"]) == "members of 1 teams: red; otherwise: a text"
