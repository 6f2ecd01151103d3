"""Claims in words: frames that find them, and the rule that consists of frames."""
