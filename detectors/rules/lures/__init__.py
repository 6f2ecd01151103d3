"""A scheme that lives on recruits. `off-platform-lure` is frames of its entry."""

from __future__ import annotations

from detectors.rules.lures.pyramid import PyramidRecruit

__all__ = ["PyramidRecruit"]
