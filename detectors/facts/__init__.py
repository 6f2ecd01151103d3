"""State and algorithms over a room's events that rules of several families share; no word lists."""
