"""`livewatch serve` with the four small rules of the tests: `python -m tests.e2e.small_monitor DIR`."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.commands.serve import ServeOptions, run
from tests.monitor.rules import rulebook

if __name__ == "__main__":
    options = ServeOptions(data=Path(sys.argv[1]), port=0, ingest_token="T")
    sys.exit(run(options, rulebook=rulebook()))
