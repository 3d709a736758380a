"""Flags as admins set them, and as OpenFeature asks for them."""

from BE.modules.flags.service.flags import FlagService
from BE.modules.flags.service.provider import SnapshotProvider
from BE.modules.flags.service.snapshots import Snapshots

__all__ = ["FlagService", "SnapshotProvider", "Snapshots"]
