"""Who writes what in a room: the part of the crowd's book that takes every chat line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from detectors.calendar import MINUTE_MS
from detectors.events import Chat
from detectors.facts.crowd.account import MAX_SAID, WINDOW_MS, Account
from detectors.facts.crowd.accounts import SHARD, Accounts, Numbered
from detectors.facts.crowd.groups import COPY_MS, JOKE_MS, STEADY, Groups
from detectors.facts.crowd.head import MOST_DIFFERENT, SPAN_MS, STRETCH_MS, Head
from detectors.facts.crowd.kinds import MOST, REST, SENTENCES, SHORT, kind_of
from detectors.facts.crowd.ledger import Ledger
from detectors.facts.crowd.line import Line
from detectors.facts.crowd.lockstep import Lockstep, search
from detectors.facts.crowd.mixture import SLOT_MS, Mixture
from detectors.facts.crowd.mood import ASKS, BUYS, LOOKS, PLAIN, PRAISE, TELLS, plain
from detectors.facts.crowd.orders import MOST_ORDERS
from detectors.facts.crowd.reading import Reading, Readings
from detectors.facts.crowd.recent import FULL, KIND_BITS, Recent
from detectors.facts.crowd.repertoire import Repertoires
from detectors.facts.crowd.wording import Wording
from detectors.facts.crowd.wordings import Wordings

__all__ = ["BEGAN", "BUYING_STEP", "GATHERED", "PRAISED", "Writers"]

#: Bits of `Writers.notices`: a new minute began; an account praised (`Writers.praised`); accounts share
#: a wording, a group grew, or accounts act in step.
BEGAN, PRAISED, GATHERED = 1, 2, 4

#: Accounts that are kept.
MAX_ACCOUNTS = 20_000
#: Accounts from which a wording is noticed, and from which accounts in step are searched for.
NOTICED_FROM = 5
#: Time between two searches for accounts in step, ms.
TICK_MS = 240_000
#: Platform lines about buying: rules look again after this many, and this many of the first and of the
#: latest are kept.
BUYING_STEP, MOST_BUYING = 10, 6
#: Lines of praise from which an account is handed to the second stage, which looks for it in other rooms.
SEEN_PRAISING = 2
#: A line that nobody asked for; words that were asked for; an answer in other words.
UNASKED, LED, ANSWERS = range(3)


class Writers:
    """The accounts of a room, what they write and when."""

    __slots__ = (
        "_active", "_changed_head", "_changed_mixture", "_ledger", "_recent", "_repertoires", "_wordings",
        "accounts", "began", "buying", "by_number", "changed_buying", "groups", "head", "line", "mixture", "mood", "noticed", "place",
        "praised", "together", "wordings",
    )  # fmt: skip

    def __init__(self) -> None:
        self.head = Head.begun()
        self._ledger = Ledger()
        #: The accounts by name, and by number; to be read.
        self.accounts = Accounts()
        self.by_number = Numbered(self.accounts)
        self._wordings = Wordings()
        #: The wordings of several accounts by the keys of their runs; to be read.
        self.wordings = self._wordings.known
        self._repertoires = Repertoires()
        #: Who stands out by what they write.
        self.groups = Groups(self.accounts, self._repertoires)
        #: Who writes which kinds of lines.
        self._recent = Recent()
        self.mixture = Mixture(recent=self._recent)
        #: Accounts that came back a second time, or again, since the last tick: of fewer windows nobody can
        #: say that they are in step.
        self._active: dict[int, None] = {}
        #: What changed since it was last written.
        self._changed_head = self._changed_mixture = False
        #: The current account, if it praised at length, or again and in half of its lines.
        self.praised: Account | None = None
        self.noticed: Wording | None = None
        #: The line by which `noticed` was noticed, and its mood.
        self.line: Line | None = None
        self.mood = PLAIN
        self.together: Lockstep | None = None
        #: Lines of the platform about buying: the first ones of the broadcast, and the latest.
        self.buying: list[Chat] = []
        self.changed_buying = False
        #: True if a new minute began with the current line.
        self.began = False
        #: Index of the current line among those given to `listen`.
        self.place = 0

    @property
    def notices(self) -> int:
        """What the current line brought about: `BEGAN`, `PRAISED`, `GATHERED` as bits."""
        return (
            BEGAN * self.began
            | PRAISED * (self.praised is not None)
            | GATHERED
            * (self.noticed is not None or self.groups.risen or self.together is not None)
        )

    # What is written ----------------------------------------------------------------------

    def hear(self, event: Chat, tone: Callable[[str], int] = plain) -> None:
        """Takes up one line; `tone` says how a text is meant."""
        readings = Readings(lambda texts: list(map(tone, texts)))
        readings.ahead((event,))
        self.listen((event,), 0, 1, readings)

    def listen(self, lines: Sequence[Chat], start: int, stop: int, readings: Readings) -> bool:
        """Takes up lines of the chat in their order, up to one at which there is something to look at.

        That is a line by which something is noticed (`noticed`, `praised`, `together`, `groups.risen`,
        `began`), which a rule heeds, or one of the seller's side or the platform that tells something.
        What is noticed stays so until the next call, so it does not matter how many lines are handed
        over at once.

        Args:
            readings: have read these lines (`Readings.ahead`).

        Returns:
            Was there one? Its place is `place`.
        """
        head, groups, mixture = self.head, self.groups, self.mixture
        accounts, note, recent = self.accounts, self._repertoires.note, self._recent.lines
        self.noticed = self.together = self.praised = None
        groups.risen = self.began = False
        told, known, passed = readings.told, readings.known, readings.passed
        different, twins = head.different, groups.twins
        young, changed, wrote_last = accounts.young, accounts.changed, head.wrote
        low = head.span
        high, since, slot = low + SPAN_MS, low - low % STRETCH_MS, low // SLOT_MS
        written = came = new = 0
        place = start
        # One loop without calls for what most lines are: short, of somebody who wrote before, no praise.
        try:
            for place in range(start, stop):
                event = lines[place]
                role = event.role
                if role != "viewer" and role is not None:
                    if role == "system":
                        says = told.get(event.text, 0)
                        if not says:
                            continue
                        if says != TELLS and not self._count_announced(event, says):
                            continue
                    return True
                at, user, reading = event.at, event.user, known[event.text]
                looks = reading.heeded
                if reading.passed and role is not None:
                    passed.append(reading.passed)
                if not low <= at < high:
                    head.written += written
                    head.came += came
                    written = came = 0
                    low, since, slot = at - at % SPAN_MS, at - at % STRETCH_MS, at // SLOT_MS
                    high = low + SPAN_MS
                    head.begin_span(low)
                    if self._pass_time(at):
                        looks = True
                written += 1
                if not user:
                    if looks:
                        return True
                    continue
                account = young.get(user)
                if account is None:
                    account = accounts.wake(user) or self._meet(user, at)
                    young = accounts.young
                else:
                    changed.add(account.number // SHARD)
                last = account.last
                if last < since or not account.lines:
                    # For the first time in this stretch.
                    came += 1
                    if account.lines and last // STRETCH_MS in wrote_last:
                        wrote_last[last // STRETCH_MS] -= 1
                if at > last:
                    # An account that acts again; of most the window of activity goes on.
                    account.last = at
                    windows = account.windows
                    if at - (account.first if windows is None else windows[-1]) > WINDOW_MS:
                        account.open_window(at)
                        if windows is not None and at >= head.tick:
                            self._active[account.number] = None
                account.lines += 1
                words, said = reading.words, account.said
                if words in said:
                    if reading.followed and self._follow(account, reading, event, is_new=False):
                        return True
                elif words:
                    account.said = (*said, words) if len(said) < MAX_SAID else (*said[1:], words)
                    many = account.different
                    if many < MOST_DIFFERENT:
                        account.different = many + 1
                        different[many + 1] += 1
                        if many:
                            different[many] -= 1
                    new += 1
                    tells = reading.followed or reading.told > 1
                    asked = self._asked(readings, words, event) if tells else UNASKED
                    praises = reading.mood == PRAISE and not asked
                    if praises:
                        self._count_praise(account, reading.line)
                    if account.praises >= STEADY:
                        groups.weigh_praise(account, event, praises=praises)
                    wrote = note(reading.key) if reading.key and asked != ANSWERS else 0
                    if ((wrote > 1 and said) or account.number in twins) and asked != ANSWERS:
                        groups.compare(account, reading.line, wrote, event, head)
                    if reading.followed:
                        self._follow(
                            account, reading, event, is_new=True, praises=praises, asked=asked
                        )
                    elif reading.told > 1:
                        self._mix(account, SHORT, None, event, asked)
                    elif account.different <= MOST:
                        # What everybody says; only praise is followed word by word.
                        if slot != mixture.slot:
                            mixture.turn(slot)
                        mixture.lines[REST] += 1
                        recent.append(account.number << KIND_BITS | REST)
                        if len(recent) >= FULL:
                            self._recent.trim()
                        account.kinds += 1
                        self._changed_mixture = True
                    if groups.risen or self.noticed is not None or self.praised is not None:
                        return True
                if looks:
                    return True
            place = stop
            return False
        finally:
            self.place = place
            head.lines += new
            head.written += written
            head.came += came

    def _count_announced(self, event: Chat, says: int) -> bool:
        """Counts a line of the platform that somebody buys or looks; is a rule asked about it?"""
        head, at = self.head, event.at
        looks = bool(says & TELLS)
        if says & BUYS:
            head.sales_at(at)[1] += 1
            head.buying += 1
            looks = looks or head.buying % BUYING_STEP == 0
            self.buying.append(event)
            if len(self.buying) > 2 * MOST_BUYING:
                del self.buying[MOST_BUYING]
            self.changed_buying = True
        if says & LOOKS:
            head.looking += 1
            looks = looks or at // MINUTE_MS > head.minute
        self._changed_head = True
        return looks

    def _pass_time(self, at: int) -> bool:
        """A line in another span than those before: looks who acts together, where it is time to.

        Returns:
            Does a minute begin with it, or did some act together?
        """
        head = self.head
        if at - head.tick >= TICK_MS:
            self._turn(at)
        if at // MINUTE_MS > head.minute:
            head.minute = at // MINUTE_MS
            self.began = True
        return self.began or self.together is not None

    def _follow(
        self, account: Account, reading: Reading, event: Chat, *, is_new: bool,
        praises: bool = False, asked: int = UNASKED,
    ) -> bool:  # fmt: skip
        """Takes up a long line, or one of praise; is it one of a wording of many accounts?"""
        line, mood, number = reading.line, reading.mood, account.number
        found, partners = self._wordings.find(line, account, event.at, self.head, self.accounts)
        if is_new:
            kind = kind_of(line.long, reading.told - 1, found is not None) if reading.told else REST
            self._mix(account, kind, found if line.long else None, event, asked)
        if found is None or partners is None:
            return False
        if line.long and is_new and mood != ASKS and (praises or mood == PLAIN):
            # A joke is copied from end to end, with a slip here and there, by several within a minute or
            # two: they are one, unless they do so again. Of a product that they have at home many tell
            # at once: who praises again counts.
            copied = self._wordings.is_near(found, line)
            joins = (account.praises < 2 and self.mixture.is_flooded(event.at)) or (
                copied and not account.alike and number not in found.apart(COPY_MS)
            )
            self.groups.echo(
                account, partners, event, self.head, praises=praises and not joins, copied=copied
            )
        if mood == PRAISE:
            self._wordings.weigh(found, line, number, event)
        if found.count < NOTICED_FROM:
            return False
        self.noticed, self.line, self.mood = found, line, mood
        return True

    def _asked(self, readings: Readings, words: str, event: Chat) -> int:
        """Is a line what somebody asked to write, or does it only answer what the host asked?"""
        head, at = self.head, event.at
        if head.led and head.is_led(words, at):
            return LED
        asked = head.answering(at) if head.answers else ()
        return ANSWERS if asked and readings.answers(event.text, asked) else UNASKED

    def _count_praise(self, account: Account, line: Line) -> None:
        """Counts a line of praise that the account had not written yet."""
        self.head.praises += 1
        account.praises += 1
        if line.long or (
            account.praises == SEEN_PRAISING and account.different <= 2 * SEEN_PRAISING
        ):
            self.praised = account

    def _mix(
        self, account: Account, kind: int, shared: Wording | None, event: Chat, asked: int
    ) -> None:  # fmt: skip
        """Counts a line that the account had not written yet by its kind; what only answers speaks for neither side.

        Args:
            shared: a long line's wording, where others wrote it, too.
        """
        if account.different > MOST or asked == ANSWERS:
            return
        if asked:
            kind = REST
        mixture = self.mixture
        account.kinds = mixture.take(
            account.kinds, account.number, kind, event.at,
            copies=shared.count if shared is not None else 0,
            copied=shared is not None and event.at - shared.since < JOKE_MS,
            words=account.said[-1] if kind == SHORT else "",
        )  # fmt: skip
        self._changed_mixture = True
        unusual = bool(kind) and mixture.is_unusual(account.kinds)
        if unusual:
            self.groups.keep(event)
        if (unusual or kind in SENTENCES) and mixture.due(event.at):
            self.groups.risen = True

    # Accounts -----------------------------------------------------------------------------

    def _meet(self, name: str, at: int) -> Account:
        head = self.head
        if not head.watched:
            head.watched = at
        account = Account(head.next_account, name, at, at)
        head.next_account += 1
        self.accounts.add(account)
        if len(self.accounts) > MAX_ACCOUNTS:
            self._evict()
        return account

    def _evict(self) -> None:
        """Drops the next account that has no chances left; whoever came often has more."""
        head = self.head
        gone, head.hand = self.accounts.evict(head.hand, head.next_account)
        self._active.pop(gone.number, None)
        self.groups.drop(gone.number)
        self._ledger.forget_account(gone)
        self._repertoires.drop(gone.number)
        if gone.orders:
            head.buyers[min(gone.orders, MOST_ORDERS)] -= 1
        if gone.different:
            head.different[gone.different] -= 1
        head.forget(gone)

    def _turn(self, at: int) -> None:
        """Looks at who acted together since the last time, and begins anew."""
        head = self.head
        if not head.since:
            head.since = at
        if head.tick and len(self._active) >= NOTICED_FROM:
            found = map(self.accounts.numbered, self._active)
            active = [account for account in found if account is not None]
            self.together = search(active, head.tick + TICK_MS)
        head.tick = at - at % TICK_MS
        self._changed_head = True
        self._active = {}
        head.drop_minutes()
        self._wordings.drop_events()
