"""Flags as code declares and reads them."""

from uuid import uuid4

import pytest

from BE.core.flags import Flag, Flags
from tests.support.specimen.wiring import COLOUR, MOST, TRIAL, WEIGHT


def test_without_a_provider_each_flag_has_its_default() -> None:
    flags = Flags()
    flags.declare("specimens", TRIAL, COLOUR, MOST, WEIGHT)

    assert flags.values(uuid4()) == {
        "specimen_trial": False,
        "specimen_colour": "red",
        "specimen_most": 3,
        "specimen_weight": 0.5,
    }
    assert flags.value(COLOUR, uuid4()) == "red"


def test_the_kind_of_a_flag_is_that_of_its_default() -> None:
    kinds = [flag.kind for flag in (TRIAL, COLOUR, MOST, WEIGHT)]

    assert kinds == ["boolean", "string", "integer", "float"]


@pytest.mark.parametrize("value", [1, 0, "true", 1.0])
def test_a_value_of_another_kind_is_refused(value: float | str) -> None:
    assert TRIAL.read(value) is None


def test_a_float_flag_accepts_an_integer_but_not_the_reverse() -> None:
    assert WEIGHT.read(2) == 2.0
    assert isinstance(WEIGHT.read(2), float)
    assert MOST.read(2.5) is None
    assert MOST.read(value=True) is None


def test_a_flag_with_variants_accepts_no_other_value() -> None:
    assert COLOUR.read("blue") == "blue"
    assert COLOUR.read("green") is None


@pytest.mark.parametrize("name", ["", "With Space", "9lives", "a" * 64, "über"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a flag"):
        Flag(name=name, about="", default=True)


def test_a_default_must_be_a_variant() -> None:
    with pytest.raises(ValueError, match="'green': It must be one of red, blue"):
        Flag(name="colour", about="", default="green", variants=("red", "blue"))
