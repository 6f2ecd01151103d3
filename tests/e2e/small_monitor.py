"""The command line as people start it, with the four small rules of the tests in place of ours.

`python -m tests.e2e.small_monitor serve --data DIR`: a start costs a second instead of many.
"""

from __future__ import annotations

from functools import partial

from monitor.cli import main
from monitor.commands import serve
from tests.monitor.rules import rulebook

if __name__ == "__main__":
    serve.run = partial(serve.run, rulebook=rulebook())
    main()
