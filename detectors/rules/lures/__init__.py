"""A scheme that lives on recruits. `off-platform-lure` is frames of its entry."""
