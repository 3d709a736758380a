"""Flags: how admins set them, and how OpenFeature reads them."""

from BE.modules.flags.service.flags import FlagService
from BE.modules.flags.service.provider import SnapshotProvider
from BE.modules.flags.service.snapshots import Snapshots

__all__ = ["FlagService", "SnapshotProvider", "Snapshots"]
