"""Claims in words: frames that find them, and the rule that consists of frames."""

from detectors.claims.framed import FramedRule

__all__ = ["FramedRule"]
