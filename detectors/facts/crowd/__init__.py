"""One view of a room's crowd: who, when, what, with whom.

`crowd.Crowd` is the book that the rules on chat, orders, reviews and prizes read. Its entries are
packed in `accounts`, `wordings`, `runs`, `ledger` and `reviews`, its counts in `head`; `account` and `wording`
are single ones, `line` is how a line is compared, `mood` how it is meant, `groups` who stands out by what
they write, `repertoire` who says the same things, `mixture` who writes which kinds of lines (of a `window` of time), `lockstep`
who acts together. How each signal works, and how often an ordinary crowd shows it, is in
`docs/crowd.md`.
"""

from __future__ import annotations

from detectors.facts.crowd.account import Account
from detectors.facts.crowd.crowd import Crowd
from detectors.facts.crowd.mood import ASKS, BUYS, LOOKS, MOOD, PLAIN, PRAISE, TELLS, plain
from detectors.facts.crowd.writers import BEGAN, GATHERED, PRAISED

__all__ = [
    "ASKS", "BEGAN", "BUYS", "GATHERED", "LOOKS", "MOOD", "PLAIN", "PRAISE", "PRAISED", "TELLS",
    "Account", "Crowd", "plain",
]  # fmt: skip
