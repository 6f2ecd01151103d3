"""Groups of accounts that stand out by what they write in a broadcast, and lines of theirs as evidence."""

from __future__ import annotations

from detectors.events import Chat
from detectors.facts.crowd.account import Account
from detectors.facts.crowd.accounts import Accounts
from detectors.facts.crowd.head import Head
from detectors.facts.crowd.line import Line
from detectors.facts.crowd.repertoire import Repertoires
from detectors.facts.crowd.wording import Wording

__all__ = ["STEADY", "Groups"]

#: An account praises steadily from so many different lines of praise on, if they are half of all.
STEADY = 3
#: A wording of more accounts than this is everybody's and marks no group.
MASS = 24
#: As long as a wording has no more accounts, those before the one that counts do, too.
FEW = 4
#: A line that is this young may be a joke that is copied, ms.
JOKE_MS = 300_000
#: Of those who copy a line from end to end one counts in so long, ms: a joke spreads within a minute or two.
COPY_MS = 120_000
#: Shared long lines from which an account counts as “often”.
OFTEN = 3
#: Lines of praise that are kept as evidence: the first ones, and the latest.
FIRST_KEPT, LAST_KEPT = 6, 14
#: What a line, an account with its counts of praise, and another account take in memory, about.
EVENT_BYTES, STEADY_BYTES, BYTES = 500, 130, 60


class Groups:
    """The groups of one broadcast, by the numbers of the accounts."""

    __slots__ = ("_accounts", "_repertoires", "changed", "echoing", "kept", "often", "risen", "steady", "twins")  # fmt: skip

    def __init__(self, accounts: Accounts, repertoires: Repertoires) -> None:
        self._accounts = accounts
        self._repertoires = repertoires
        #: Did one of these groups grow by the event at hand?
        self.risen = False
        #: Did the lines that are kept change since they were last written?
        self.changed = False
        self._start()

    def _start(self) -> None:
        #: Accounts that wrote a long line of praise which others wrote, too, and how many such lines.
        self.echoing: dict[int, int] = {}
        #: Accounts whose lines are mostly praise: lines of praise, all lines.
        self.steady: dict[int, tuple[int, int]] = {}
        #: Accounts that wrote `OFTEN` long lines, praise or not, which others wrote, too.
        self.often: dict[int, None] = {}
        #: Accounts whose different lines are for the most part also those of others.
        self.twins: dict[int, None] = {}
        #: Lines of praise as evidence.
        self.kept: list[Chat] = []

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        named = len(self.echoing) + len(self.often) + len(self.twins)
        return EVENT_BYTES * len(self.kept) + STEADY_BYTES * len(self.steady) + BYTES * named

    def begin(self) -> None:
        """A broadcast begins or ends: what was written is of one broadcast."""
        self._start()
        self.changed = True

    def keep(self, event: Chat) -> None:
        """Keeps a line as evidence."""
        kept = self.kept
        if kept and kept[-1].id == event.id:  # several signals may keep the same line
            return
        kept.append(event)
        if len(kept) > FIRST_KEPT + LAST_KEPT:
            del kept[FIRST_KEPT]
        self.changed = True

    def drop(self, number: int) -> None:
        """Forgets an account."""
        for group in (self.echoing, self.steady, self.often, self.twins):
            group.pop(number, None)

    def take_back(self, account: Account) -> None:
        """Puts an account that was read again into the groups to which it belongs."""
        number = account.number
        if account.echoes:
            self.echoing[number] = account.echoes
        if account.alike >= OFTEN:
            self.often[number] = None
        if account.praises >= STEADY and 2 * account.praises >= account.different:
            self.steady[number] = account.praises, account.different
        if self._repertoires.is_shared(number, account.different):
            self.twins[number] = None

    # A line that the account had not written yet ------------------------------------------

    def weigh_praise(self, account: Account, event: Chat, *, praises: bool) -> None:
        """Takes up a line of an account that praised `STEADY` times: is half of what it writes praise?"""
        if 2 * account.praises < account.different:
            self.steady.pop(account.number, None)
            return
        if praises:
            if account.number not in self.steady:
                self.risen = True
            self.keep(event)
        self.steady[account.number] = account.praises, account.different

    def compare(self, account: Account, line: Line, wrote: int, event: Chat, head: Head) -> None:
        """Holds what the account says against what others say, line with line.

        Args:
            wrote: accounts that wrote the line; with one nobody shares it.
        """
        repertoires, twins, number = self._repertoires, self.twins, account.number
        if wrote > 1 and len(account.said) > 1:
            moved = repertoires.take(number, line, wrote, account.said, head)
            if moved:
                for one in moved:
                    different = (
                        account.different if one == number else self._accounts.different_of(one)
                    )
                    if not repertoires.is_shared(one, different):
                        twins.pop(one, None)
                    elif one not in twins:
                        twins[one] = None
                        self.risen = True
                if number in twins:
                    self.keep(event)
                return
        if number in twins and not repertoires.is_shared(number, account.different):
            del twins[number]

    def echo(
        self, account: Account, wording: Wording, event: Chat, head: Head, *, praises: bool,
        copied: bool,
    ) -> None:  # fmt: skip
        """Takes up a long line that others wrote, too.

        Args:
            praises: does it praise, and is no joke that is copied?
            copied: is it theirs from end to end?
        """
        account.alike += 1
        if account.alike == OFTEN:
            self.often[account.number] = None
            self.risen = True
        if not praises:
            return
        number, echoing, accounts = account.number, self.echoing, self._accounts
        account.echoes += 1
        head.echo_key = wording.key
        if wording.count > MASS:
            # A reply that the platform offers: whoever also says other things, and wrote no second
            # such line, does not belong to a group by it.
            if wording.count % MASS == 1:
                for one in wording.numbers():
                    if one != number and echoing.get(one) == 1 and accounts.different_of(one) > 1:
                        del echoing[one]
                        self._set_echoes(one, 0)
            if account.echoes > 1 or account.different == 1:
                echoing[number] = account.echoes
            else:
                account.echoes = 0
        else:
            echoing[number] = account.echoes
            if wording.count <= FEW:
                for one in wording.apart(COPY_MS) if copied else wording.numbers():
                    if one not in echoing and self._praised(one) and self._set_echoes(one, 1):
                        echoing[one] = 1
        self.risen = True
        self.keep(event)

    def _praised(self, number: int) -> bool:
        """Did an account praise? With whoever praises one has a greeting in common, too."""
        account = self._accounts.numbered(number)
        return account is not None and account.praises > 0

    def _set_echoes(self, number: int, echoes: int) -> bool:
        """Notes with an account what `echoing` has of it; false: it is not known any more."""
        account = self._accounts.numbered(number)
        if account is None:
            return False
        account.echoes = echoes
        self._accounts.put(account)
        return True
