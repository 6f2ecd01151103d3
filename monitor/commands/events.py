"""`livewatch events`: the contract of what is taken, for those who send."""

from __future__ import annotations

import json

from detectors.event_schema import event_schema
from monitor.commands.exits import Exit

__all__ = ["schema"]


def schema() -> Exit:
    """Prints the JSON Schema of an event."""
    print(json.dumps(event_schema(), ensure_ascii=False, indent=2))
    return Exit.DONE
