"""A likeness that was made: whose face, voice or words, and by what they were put together.

A person who can be told, and somewhere beside it what of the person was made and how. How it is
told differs: that a voice was fed to software, that a picture was trained, that the words under
an interview were exchanged, or only that one should take it for the real person.
"""

from __future__ import annotations

from detectors.match.phrasing import phrasing

__all__ = ["LIKE", "MADE", "ON_SCREEN", "SOMEBODY"]

#: Who can be told: by name and office, by title, by house and office.
SOMEBODY = phrasing("likeness", "somebody")
#: What of the person was made, and how.
MADE = phrasing("likeness", "made")
#: One is asked to take it for the person, who is said to be there.
LIKE = phrasing("likeness", "like")
#: Somebody whom everybody knows is shown on a screen, recommending.
ON_SCREEN = phrasing("likeness", "on-screen")
