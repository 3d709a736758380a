"""Valid names of a new context, and their spellings."""

import re

import pytest

from commands.contexts.names import Names, UnfitName, article
from commands.contexts.template import SAMPLE, files_of, renamed, require_free, tables_of
from tests.support.project import ROOT

QUESTIONS = Names.of("open_questions")


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("projects", "project"),
        ("meeting_rooms", "meeting_room"),
        ("companies", "company"),
        ("boxes", "box"),
        ("addresses", "address"),
        ("branches", "branch"),
        ("wishes", "wish"),
        ("houses", "house"),
    ],
)
def test_the_singular_is_derived_from_the_ending(many: str, one: str) -> None:
    assert Names.of(many) == Names(many, one)


def test_an_irregular_singular_is_given() -> None:
    assert Names.of("criteria", "criterion") == Names("criteria", "criterion")


@pytest.mark.parametrize(
    ("many", "one", "sentence"),
    [
        ("Projects", None, "small letters"),
        ("meeting-rooms", None, "small letters"),
        ("projects2", None, "small letters"),
        ("_projects", None, "small letters"),
        ("../projects", None, "small letters"),
        ("", None, "small letters"),
        ("x" * 24 + "s", None, "too long"),
        ("criteria", None, "--singular"),
        ("status", None, "--singular"),
        ("sheep", "sheep", "told apart"),
        ("lists", None, "list is a word of Python"),
        ("classes", None, "class is a word of Python"),
        ("matches", None, "match is a word of Python"),
        ("interfaces", None, "interface is a word of JavaScript"),
        ("orders", None, "order is a word of SQL"),
        ("tables", None, "table is a word of SQL"),
        ("events", None, "of the application's own"),
    ],
)
def test_an_unfit_name_is_refused(many: str, one: str | None, sentence: str) -> None:
    with pytest.raises(UnfitName, match=sentence):
        Names.of(many, one)


@pytest.mark.parametrize(
    ("many", "taken"),
    [
        ("notifications", "BE/modules/notifications"),
        ("passwords", "password"),
        ("deliveries", "deliver"),
        ("changes", "changes is a name in the files"),
        ("titles", "is a name in the files"),
        ("buttons", "button is a name in the files"),
        ("archives", "archive"),
    ],
)
def test_a_name_that_is_in_use_is_refused(many: str, taken: str) -> None:
    with pytest.raises(UnfitName, match=f"(?i){taken}"):
        require_free(Names.of(many), ROOT)


@pytest.mark.parametrize("many", ["projects", "invoices", "meeting_rooms", "open_questions"])
def test_a_likely_name_is_free(many: str) -> None:
    require_free(Names.of(many), ROOT)


def test_a_name_is_spelled_as_its_place_requires() -> None:
    sample = (
        "SAMPLE_NOTES SampleNote sampleNotes sample_note.added /sample-notes Sample notes"
        " Add a sample note; A sample note"
    )

    assert renamed(sample, QUESTIONS) == (
        "OPEN_QUESTIONS OpenQuestion openQuestions open_question.added /open-questions"
        " Open questions Add an open question; An open question"
    )


def test_no_name_of_the_sample_remains() -> None:
    for file in files_of(QUESTIONS):
        assert not re.search("sample.?note", f"{file.path}\n{file.text}", re.IGNORECASE), file.path
    assert tables_of(QUESTIONS)[0] == "CREATE SCHEMA open_questions"
    assert {*files_of(SAMPLE)} != {*files_of(QUESTIONS)}


@pytest.mark.parametrize(
    ("word", "expected"),
    [("invoice", "an"), ("unit", "a"), ("user group", "a"), ("hour", "an"), ("house", "a")],
)
def test_the_article_follows_the_sound_of_a_word(word: str, expected: str) -> None:
    assert article(word) == expected
