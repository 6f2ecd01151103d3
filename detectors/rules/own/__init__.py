"""Kinds of rules that need no code of their own: a site writes them in YAML."""

from __future__ import annotations

from detectors.rules.own.words import WordsRule

__all__ = ["WordsRule"]
