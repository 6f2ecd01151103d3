"""Reviews: paid for, and made to disappear."""

from __future__ import annotations

from detectors.rules.reviews.paid import PaidPositiveReview
from detectors.rules.reviews.suppression import ReviewSuppression

__all__ = ["PaidPositiveReview", "ReviewSuppression"]
