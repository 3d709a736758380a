"""Flags, which contexts declare and read through OpenFeature; by default without a provider."""

from BE.core.flags.flag import AnyFlag, Flag, FlagKind, FlagValue
from BE.core.flags.flags import TEAMS, Flags

__all__ = ["TEAMS", "AnyFlag", "Flag", "FlagKind", "FlagValue", "Flags"]
