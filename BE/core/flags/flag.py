import re
from dataclasses import dataclass
from typing import Any, Literal

type FlagValue = bool | int | float | str
type FlagKind = Literal["boolean", "integer", "float", "string"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_KINDS: dict[type, FlagKind] = {bool: "boolean", int: "integer", float: "float", str: "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag[T: (bool, int, float, str)]:
    """A flag as its context declares it. The type of its default is that of all its values."""

    name: str
    about: str
    """What setting it changes, for the admin who sets it."""
    default: T
    variants: tuple[T, ...] = ()
    """The only values that it can have; if empty, any of its kind."""

    def __post_init__(self) -> None:
        """Raises :class:`ValueError`."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a flag: write it like tasks_import")
        values: list[Any] = [self.default, *self.variants]
        for value in values:
            if self.read(value) is None:
                raise ValueError(f"{self.name} cannot be {value!r}: {self.expectation}")

    @property
    def kind(self) -> FlagKind:
        return _KINDS[type(self.default)]

    @property
    def expectation(self) -> str:
        """A sentence on its valid values."""
        if self.variants:
            return f"It must be one of {', '.join(map(str, self.variants))}"
        return {
            "boolean": "It must be true or false",
            "integer": "It must be a whole number",
            "float": "It must be a number",
            "string": "It must be a text",
        }[self.kind]

    def read(self, value: FlagValue) -> T | None:
        """``value`` if this flag can have it, else ``None``. JSON has only one kind of number."""
        read: Any = float(value) if self.kind == "float" and type(value) is int else value
        if type(read) is not type(self.default) or (self.variants and read not in self.variants):
            return None
        fitting: T = read
        return fitting


type AnyFlag = Flag[bool] | Flag[int] | Flag[float] | Flag[str]
