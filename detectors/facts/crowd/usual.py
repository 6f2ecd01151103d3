"""How often an ordinary crowd writes each kind of lines, from a room's own quieter half.

Of slots of five minutes the half with the lowest share is taken, which a campaign that lasts less than
half of what was watched does not reach. A longer one does: so of praise the share is at most what is left
without the lines of those who are likely hired (a step of the EM algorithm, Dempster, Laird and Rubin
1977). As long as little was seen it is what was written, so a crowd that praises from the beginning is its
own measure, and only who writes it counts.
"""

from __future__ import annotations

from detectors.facts.crowd.kinds import KINDS, PRAISE, REST, STRONG

__all__ = ["LEAST_SLOT", "USUAL", "WITHOUT_UNUSUAL", "usual_shares"]

#: Shares of the kinds in an ordinary crowd, and how many lines of the room outweigh them.
USUAL = (0.80, 0.06, 0.03, 0.09, 0.015, 0.005)
WEIGHT = 300.0
#: Of what the room wrote in all a share is at least so much, less what a
#: moderate campaign adds; and as much as was written, as long as no more than `FEW` lines were seen. A room that
#: praises from its beginning is not held against what is usual elsewhere.
AT_LEAST, ALLOWED, FEW = 0.7, 0.015, 500.0
#: By how many standard deviations of a Poisson count the lower half of the counts lies below their mean.
BELOW = 1.5
#: Kinds of which a room's share is found without those who are likely hired; how many standard
#: deviations are added to what the others wrote.
WITHOUT_UNUSUAL, ALLOWANCE = (PRAISE, STRONG), 0.5
#: Lines without which a slot says nothing.
LEAST_SLOT = 10


def usual_shares(slots: list[list[int]], unusual: dict[int, float]) -> tuple[float, ...]:
    """Shares of the kinds in the half of the slots with the lowest share, and a little more.

    The lower half of Poisson counts lies below their mean by about 0.8 of their standard deviation
    (the mean of the lower half of a normal distribution), which is put back, and as much again, nearly
    (`BELOW`): what one account writes comes together, so the counts scatter more.

    Args:
        unusual: of some kinds, lines that are likely of hired accounts and do not count.
    """
    lines = [sum(slot) for slot in slots]
    total = sum(lines)
    shares = [0.0] * KINDS
    for kind in range(1, KINDS):
        told = seen = 0
        for slot, of in sorted(zip(slots, lines, strict=True), key=lambda one: one[0][kind] / one[1]):  # fmt: skip
            told += slot[kind]
            seen += of
            if 2 * seen >= total:
                break
        usual = (told + BELOW * told**0.5) / seen * total if seen else 0.0
        written = sum(slot[kind] for slot in slots)
        others = float(written)
        if kind in unusual:
            others = max(0.0, written - unusual[kind])
            usual = min(usual, others + ALLOWANCE * others**0.5)
        shares[kind] = max(
            (usual + WEIGHT * USUAL[kind]) / (total + WEIGHT),
            AT_LEAST * written / max(1, total) - ALLOWED,
            others / max(1, total) * FEW / (total + FEW),
        )
    shares[REST] = max(0.2, 1.0 - sum(shares))
    whole = sum(shares)
    return tuple(share / whole for share in shares)
