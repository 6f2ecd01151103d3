"""The command line as people start it, with the four small rules of the tests in place of ours.

`python -m tests.e2e.small_monitor serve --data DIR`: a start costs a second instead of many.
"""

from __future__ import annotations

from functools import partial
from typing import NoReturn

from monitor import cli
from monitor.commands import serve
from tests.monitor.rules import rulebook

BOOK = rulebook()


def main() -> NoReturn:
    serve.run = partial(serve.run, rulebook=BOOK)
    cli.main()


if __name__ == "__main__":
    main()
else:
    BOOK.prepare()  # once, for all that are copies of this process
