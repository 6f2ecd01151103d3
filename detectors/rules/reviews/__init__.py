"""Reviews made to disappear. `paid-positive-review` is frames of its entry."""

from __future__ import annotations

from detectors.rules.reviews.suppression import ReviewSuppression

__all__ = ["ReviewSuppression"]
