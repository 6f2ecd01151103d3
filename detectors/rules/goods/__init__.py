"""What is sold: counterfeits, goods without a producer, false origin and certificates, poor quality."""

from __future__ import annotations

from detectors.rules.goods.certificate import CertFalse
from detectors.rules.goods.counterfeit import CounterfeitHint
from detectors.rules.goods.mismatch import ClaimCardMismatch
from detectors.rules.goods.origin import OriginFalse
from detectors.rules.goods.quality import PassOffQuality
from detectors.rules.goods.sanwu import Sanwu

__all__ = [
    "CertFalse",
    "ClaimCardMismatch",
    "CounterfeitHint",
    "OriginFalse",
    "PassOffQuality",
    "Sanwu",
]
