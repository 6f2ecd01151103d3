"""Food: dates, labels, licences, and what may not be sold on air."""

from __future__ import annotations

from detectors.rules.food.dates import FoodDate
from detectors.rules.food.label import FoodLabelMissing
from detectors.rules.food.licence import FoodNoLicence

__all__ = ["FoodDate", "FoodLabelMissing", "FoodNoLicence"]
