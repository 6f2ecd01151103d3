"""Who is behind a room: operator and seller as shown, their codes, and hosts that are no persons."""

from __future__ import annotations

from detectors.rules.identity.disclosure import OperatorUndisclosed
from detectors.rules.identity.impersonation import AiImpersonation
from detectors.rules.identity.label import AiHostUnlabelled
from detectors.rules.identity.mismatch import SellerIdentityMismatch

__all__ = [
    "AiHostUnlabelled",
    "AiImpersonation",
    "OperatorUndisclosed",
    "SellerIdentityMismatch",
]
