"""After a run in which a few tests failed: these again, with nothing else running beside them.

Some tests wait for brokers, browsers and processes, on a machine that runs six of them at once; of
nine thousand one may fail by that alone. What fails alone, too, has failed. What passes is named
aloud, for its cause is still to be found: a race, in the test or in livewatch.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

#: With more, something is broken, and to see it once is enough.
FEW = 3


def main() -> int:
    """Status of the second run; of the first, 1, where too many failed."""
    known = Path(".pytest_cache/v/cache/lastfailed")
    failed = sorted(json.loads(known.read_text())) if known.exists() else []
    if not 0 < len(failed) <= FEW:
        return 1
    print(f"\n{len(failed)} failed; again, alone: {' '.join(failed)}\n", flush=True)
    status = int(pytest.main(["-n", "0", *failed]))
    if status == 0:
        print("\nFAILED AMONG OTHERS, PASSED ALONE (to be mended all the same):")
        print("\n".join(f"  {name}" for name in failed), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
