"""Flags, which code declares and asks through OpenFeature. Without a provider they are defaults."""

from BE.core.flags.flag import AnyFlag, Flag, FlagKind, FlagValue
from BE.core.flags.flags import TEAMS, Flags

__all__ = ["TEAMS", "AnyFlag", "Flag", "FlagKind", "FlagValue", "Flags"]
