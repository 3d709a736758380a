"""The flags that contexts declare, collected in one place."""

import pytest
from dependency_injector.containers import DeclarativeContainer

from BE.core.flags import Flag, Flags
from BE.core.wiring.context import Context
from BE.core.wiring.declared_flags import declare_flags
from BE.core.wiring.errors import WiringError
from BE.core.wiring.part import Part


def part(name: str, *flags: Flag[bool]) -> Part[DeclarativeContainer]:
    return Part(Context(name=name, container=DeclarativeContainer, flags=flags))


def test_each_flag_belongs_to_its_context() -> None:
    flags = Flags()
    one, other = (Flag(name=name, about="", default=True) for name in ("one", "other"))
    declare_flags([part("shop", one), part("stock", other)], flags)

    assert flags.declared == {"one": one, "other": other}
    assert flags.contexts == {"one": "shop", "other": "stock"}


def test_a_name_in_two_contexts_is_refused() -> None:
    flag = Flag(name="one", about="", default=True)

    with pytest.raises(WiringError, match="shop and stock both declare the flag one"):
        declare_flags([part("shop", flag), part("stock", flag)], Flags())
