"""`livewatch serve` with the four small rules of the tests: `python -m tests.e2e.small_monitor DIR [CONFIG]`."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.commands.serve import ServeOptions, run
from tests.monitor.rules import rulebook

if __name__ == "__main__":
    config = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    options = ServeOptions(data=Path(sys.argv[1]), port=0, ingest_token="T", config=config)
    sys.exit(run(options, rulebook=rulebook()))
