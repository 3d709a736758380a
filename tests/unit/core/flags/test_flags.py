"""Flags as code declares and asks them."""

from uuid import uuid4

import pytest

from BE.core.flags import Flag, Flags
from tests.support.specimen.wiring import COLOUR, MOST, TRIAL, WEIGHT


def test_without_a_provider_each_has_its_default() -> None:
    flags = Flags()
    flags.declare("specimens", TRIAL, COLOUR, MOST, WEIGHT)

    assert flags.values(uuid4()) == {
        "specimen_trial": False,
        "specimen_colour": "red",
        "specimen_most": 3,
        "specimen_weight": 0.5,
    }
    assert flags.value(COLOUR, uuid4()) == "red"


def test_the_default_decides_of_which_kind_it_is() -> None:
    kinds = [flag.kind for flag in (TRIAL, COLOUR, MOST, WEIGHT)]

    assert kinds == ["boolean", "string", "integer", "float"]


@pytest.mark.parametrize("value", [1, 0, "true", 1.0])
def test_one_kind_is_not_taken_for_another(value: float | str) -> None:
    assert TRIAL.read(value) is None


def test_a_whole_number_is_a_number() -> None:
    assert WEIGHT.read(2) == 2.0
    assert isinstance(WEIGHT.read(2), float)
    assert MOST.read(2.5) is None
    assert MOST.read(value=True) is None


def test_only_variants_are_values_where_there_are_some() -> None:
    assert COLOUR.read("blue") == "blue"
    assert COLOUR.read("green") is None


@pytest.mark.parametrize("name", ["", "With Space", "9lives", "a" * 64, "über"])
def test_a_name_that_the_front_end_could_not_write_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a flag"):
        Flag(name=name, about="", default=True)


def test_a_default_that_is_no_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="'green': It must be one of red, blue"):
        Flag(name="colour", about="", default="green", variants=("red", "blue"))
