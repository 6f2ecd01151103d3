"""Complaints: what buyers write about goods and sellers, one by one and all together."""

from detectors.rules.complaints.intent import ComplaintIntent
from detectors.rules.complaints.surge import ComplaintSurge

__all__ = ["ComplaintIntent", "ComplaintSurge"]
