"""Where viewers are led to: out of the platform, or into a scheme that lives on recruits."""

from __future__ import annotations

from detectors.rules.lures.off_platform import OffPlatformLure
from detectors.rules.lures.pyramid import PyramidRecruit

__all__ = ["OffPlatformLure", "PyramidRecruit"]
