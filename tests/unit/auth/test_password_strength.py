import pytest
from hypothesis import given
from hypothesis import strategies as st

from BE.modules.auth.security.password_strength import (
    follows_a_row,
    is_listed,
    repeats_itself,
    undecorated,
    weakness,
)

WORDS = [
    "anchor",
    "basket",
    "candle",
    "dolphin",
    "ember",
    "falcon",
    "garden",
    "hammer",
    "island",
    "jacket",
    "kettle",
    "lantern",
    "mirror",
    "needle",
    "orchard",
    "pepper",
    "quarry",
    "ribbon",
    "saddle",
    "timber",
    "umbrella",
    "velvet",
    "walnut",
    "yellow",
    "zipper",
]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "correct-horse-battery",
        "a long enough pass",
        "a third passphrase",
        "Canada is wide",
        "Two dogs, one bone.",
        "we were never poorer",
        "new-password-for-ada",
        "die Katze tritt die Treppe krumm",
        "мой дядя самых честных правил",
        "我爱吃苹果和香蕉还有葡萄西瓜",
        "jfdkslaieuwo",
        "x9#Lw2$7Qp!z",
        "58203947116042",
        "tiger 84920173",
        "correct horse battery correct horse battery",
        "01930c6e-7b2f-7c55-a3a1-5d1f0e6b9c42",
    ],
)
def test_a_decent_password_has_no_weakness(password: str) -> None:
    assert weakness(password) is None


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "PASSWORD1234",
        "manchesterunited",
        "iloveyouforever",
        "correcthorsebatterystaple",
        "qazwsxedcrfv",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_a_common_password_is_weak(password: str) -> None:
    assert weakness(password) == (
        "The password is one that many people use: use several unrelated words"
    )


@pytest.mark.parametrize(
    "password",
    [
        "Sunshine2025!",
        "2025sunshine!!",
        "!!Dragon!!2024!!",
        "P@ssw0rd!2031",
        "Welcome@2031",
        "  manchesterunited!!",
        "password",
        "Password1",
    ],
)
def test_decoration_does_not_make_a_common_word_strong(password: str) -> None:
    assert weakness(password) == (
        "The password is one that many people use: use several unrelated words"
    )


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaab",
        "qxvbqxvbqxvb?",
        "hunter2hunter2",
        "Kestrel7Kestrel7",
        "kestrel-kestrel-kestrel",
        "x9#Lx9#Lx9#Lx9",
    ],
)
def test_a_repetitive_password_is_weak(password: str) -> None:
    assert weakness(password) == "The password repeats itself: use several words that differ"


@pytest.mark.parametrize(
    "password",
    ["abcde23456fghij", "zxcvbnm,./zx", "lkjhgfdsapoi", "mnbvcxzlkjhgf!", "ggffeeddccbbaa99"],
)
def test_a_sequence_is_weak(password: str) -> None:
    assert weakness(password) == (
        "The password follows the alphabet or the keyboard: use several unrelated words"
    )


@given(st.text(min_size=1, max_size=11), st.integers(2, 20))
def test_any_repeated_text_is_weak(part: str, times: int) -> None:
    assert repeats_itself(part * times)


@given(st.sampled_from(["abcdefghijklmnopqrstuvwxyz", "1234567890", "asdfghjkl;'"]), st.data())
def test_any_part_of_a_sequence_is_weak_in_both_directions(row: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(row) - 6))
    stretch = row[start:]

    assert follows_a_row(stretch)
    assert follows_a_row(stretch[::-1] + stretch)


@given(
    st.sampled_from(["password", "sunshine", "manchester"]),
    st.text("!?.#-_ ", max_size=4),
    st.integers(0, 9999),
)
def test_usual_decoration_never_makes_a_word_strong(word: str, signs: str, number: int) -> None:
    for password in (f"{signs}{word}{number}{signs}", f"{number}{signs}{word.title()}{signs}"):
        assert is_listed(undecorated(password.casefold()))
        assert weakness(password) is not None


@given(
    st.lists(st.sampled_from(WORDS), min_size=4, max_size=8, unique=True), st.sampled_from(" -.")
)
def test_several_unrelated_words_are_never_weak(words: list[str], separator: str) -> None:
    assert weakness(separator.join(words)) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=256))
def test_any_text_gets_a_verdict(password: str) -> None:
    verdict = weakness(password)

    assert verdict is None or verdict.startswith("The password ")
