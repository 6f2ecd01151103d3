"""What was found in a text, by whose words it is: looked at for whoever asks, and made for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from detectors.match.automaton import Match
from detectors.match.fold import Folded
from detectors.match.respell import Respelling, doubt
from detectors.match.sighting import Form, Sighting

if TYPE_CHECKING:
    from detectors.match.lexicon import Lexicon

__all__ = ["Hit", "View", "Words", "distinct"]


class Hit(NamedTuple):
    """A pattern found: half-open offsets in the folded text."""

    group: str
    term: str
    start: int
    end: int
    form: Form = "plain"
    """How it was spelled."""


class Words(Mapping[str, tuple[Folded, list[Hit]]]):
    """The words in a text, by owner: the text as the owner reads it, and its hits in that.

    Whose they are is known at once; hits are made for the owners that are asked for.
    """

    __slots__ = (
        "_behind", "_hiding", "_lexicon", "_made", "_others", "_plainly", "_view", "_views", "_whole", "_written", "concerned", "differing",
        "folded", "kinds", "leads", "matches", "written",
    )  # fmt: skip

    def __init__(
        self, lexicon: Lexicon, folded: Folded, matches: Sequence[Match],
        others: Sequence[Sighting] = (), *, whole: bool = False,
    ) -> None:  # fmt: skip
        """
        Args:
            matches: the words that stand there as they are.
            others: those that stand there otherwise.
            whole: hand disguises to all owners of a word, not only to those that look for them.
        """
        self._lexicon = lexicon
        self.folded = folded
        self.matches = matches
        kind_named, kind_of = lexicon.kind_named, lexicon.kind_of
        self._others = [(kind_named(one.term), one) for one in others]
        self._whole = whole
        self._made: dict[str, tuple[Folded, list[Hit]] | None] = {}
        #: By owner, its hits in the text as it is written.
        self._written: dict[str, list[Hit]] = {}
        self.kinds = [kind_of[number] for _, _, number in matches]
        """The kinds of the words (`Lexicon.kind_of`), of those first that stand there as they are."""
        self.concerned: dict[str, bool] = {}
        """Of rules that looked at the text, whether it concerns them."""
        leads = self._plainly = lexicon.leads_of(self.kinds)
        for kind, one in self._others:
            leads |= lexicon.mask_of(kind, one, whole=whole)
            self.kinds.append(kind)
        self.leads = leads
        """The owners of words that are more than a support, as bits (`Lexicon.bits`)."""
        #: A place of the original behind which words end that are seen.
        self._behind = 0
        self.differing = 0
        """The owners who may read the text otherwise than it is written, as bits."""
        self._hiding = 0
        self._view: Callable[[Words], dict[str, View | AsWritten]] | None = None
        self._views: dict[str, View | AsWritten] = {}
        self.written: Folded | None = None
        """The text as it is written, if these are the words of what is meant."""

    def may_differ(
        self, hiding: int, others: int, view: Callable[[Words], dict[str, View | AsWritten]]
    ) -> None:
        """Has some owners, as bits, read the text otherwise than it is written, as `view` says.

        Args:
            hiding: those of words in disguise.
            others: those who have none there.
        """
        self._hiding, self.differing, self._view = hiding, hiding | others, view

    @property
    def views(self) -> Mapping[str, View | AsWritten]:
        """The owners who read it so, each with the text in which words in disguise are spelled out."""
        view, self._view = self._view, None
        if view is not None:
            self._views = view(self)
        return self._views

    def view_of(self, owner: str) -> View | AsWritten | None:
        """What an owner reads instead of what is written; ``None``: it reads that."""
        return self.views.get(owner) if self.differing & self._lexicon.bits.get(owner, 0) else None

    def __getitem__(self, owner: str) -> tuple[Folded, list[Hit]]:
        if owner in self._made:
            made = self._made[owner]
        else:
            view = self.view_of(owner)
            written = self._plain(owner)
            made = self._left(written if view is None else view.read(owner, written))
            self._made[owner] = made
        if made is None:
            raise KeyError(owner)
        return made

    def stay(self, written: Words) -> None:
        """Has those read the text as it is written whose words stand there, and are gone from it as it is
        meant. What only a spelling hid is found in this one, or was chance.

        Args:
            written: the words of the text as it is written; these are of what is meant.
        """
        self.written = written.folded
        whole = AsWritten(written)
        views: dict[str, View | AsWritten] = {}
        # A word goes only where something is meant otherwise.
        gone = written.leads & written.owners_beyond(_kept_places(self.folded))
        for owner in dict.fromkeys((*self._lexicon.owners_in(gone), *written.views)):
            seen = written.get(owner)
            if seen is None:
                continue
            meant = self.get(owner)
            if _takes(meant[1] if meant is not None else (), seen[1], whatever=True):
                self._made[owner] = seen
                views[owner] = written.view_of(owner) or whole
        if views:
            self._views = {**self.views, **views}
            owners = self._lexicon.mask(views)
            self._hiding |= owners
            self.differing |= owners

    def owners_beyond(self, places: Container[int]) -> int:
        """The owners of words that stand there as they are, not only at these places of the original, as bits."""
        offsets, owning = self.folded.offsets, self._lexicon.owning
        beyond = [
            place not in places
            for place in (range(len(self.folded.text)) if offsets is None else offsets)
        ]
        owners = 0
        for (start, end, _), kind in zip(self.matches, self.kinds, strict=False):
            if True in beyond[start:end]:
                owners |= owning[kind]
        return owners

    def led_by(self, rules: Callable[[int], int]) -> int:
        """Whose words stand where a look at the text lets them say something, as bits.

        Args:
            rules: those whose words may at a place of the text, as bits.
        """
        lexicon, led = self._lexicon, 0
        leading = lexicon.leading
        for (start, _, _), kind in zip(self.matches, self.kinds, strict=False):
            led |= leading[kind] & rules(start)
        for kind, one in self._others:
            led |= lexicon.mask_of(kind, one, whole=self._whole) & rules(one.start)
        return led

    def only_behind(self, place: int) -> None:
        """Leaves what is seen by the owners of words that end behind a place of the original.

        Of those who may read the text otherwise than it is written, who they are is found out when
        they are asked for.
        """
        lexicon, to_original = self._lexicon, self.folded.to_original
        owning = lexicon.owning
        mask = lexicon.mask(self.views) if self.differing else 0
        for (start, end, _), kind in zip(self.matches, self.kinds, strict=False):
            if to_original(start, end)[1] > place:
                mask |= owning[kind]
        for kind, one in self._others:
            if to_original(one.start, one.end)[1] > place:
                mask |= lexicon.owners_of(kind, one, whole=self._whole)
        self._behind = place
        self._made = {owner: self._left(made) for owner, made in self._made.items()}
        self.leads &= mask
        self._plainly &= mask
        self._hiding &= mask
        self.differing &= mask

    def _left(self, seen: tuple[Folded, list[Hit]] | None) -> tuple[Folded, list[Hit]] | None:
        """What an owner sees, if one of the words ends far enough behind."""
        if seen is not None and self._behind:
            view, hits = seen
            if all(view.to_original(hit.start, hit.end)[1] <= self._behind for hit in hits):
                return None
        return seen

    def gather(self, owners: Iterable[str]) -> None:
        """Makes at one go what several owners see."""
        owners = [owner for owner in owners if owner not in self._made]
        bits, leads = self._lexicon.bits, self.leads
        self._written.update(self._hits({owner for owner in owners if bits.get(owner, 0) & leads}))
        reading: dict[int, tuple[View | AsWritten, list[str]]] = {}
        for owner in owners:
            view = self.view_of(owner)
            if view is not None:
                reading.setdefault(id(view), (view, []))[1].append(owner)
        for view, theirs in reading.values():
            view.again.gather(theirs)

    def _hits(self, owners: Set[str]) -> dict[str, list[Hit]]:
        lexicon = self._lexicon
        return lexicon.hits_of(
            owners, lexicon.mask(owners), self.folded.text, self.matches, self.kinds, self._others,
            whole=self._whole,
        )  # fmt: skip

    def _plain(self, owner: str) -> tuple[Folded, list[Hit]] | None:
        """The text as it is written and a rule's hits in it; ``None``: no word leads to the rule."""
        if not self._lexicon.bits.get(owner, 0) & self.leads:
            return None
        hits = self._written.get(owner)
        return self.folded, self._hits({owner}).get(owner, []) if hits is None else hits

    def ranges(self, owners: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Where words stand in the text of some owners, who read it as it is written; and where any do.

        Args:
            owners: as bits of the lexicon.
        """
        lexicon = self._lexicon
        owning = lexicon.owning
        theirs = owners & self.leads & ~lexicon.mask(self.views)
        sure = [
            (start, end)
            for (start, end, _), kind in zip(self.matches, self.kinds, strict=False)
            if owning[kind] & theirs
        ]
        whole = [(start, end) for start, end, _ in self.matches]
        for kind, one in self._others:
            whole.append((one.start, one.end))
            if lexicon.owners_of(kind, one, whole=self._whole) & theirs:
                sure.append((one.start, one.end))
        return sure, whole

    @property
    def leading(self) -> Iterator[str]:
        """The owners of words that are more than a support."""
        return self._lexicon.owners_in(self.leads)

    def __iter__(self) -> Iterator[str]:
        for owner in dict.fromkeys((*self.leading, *self.views)):
            if owner not in self.views or self.get(owner) is not None:
                yield owner

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        # A word that stands there as it is stays one, whatever others hide beside it.
        if self._plainly & ~self._hiding and not self._behind:
            return True
        return any(True for _ in self)


class View:
    """A text in which some words in disguise are spelled out: made for who reads it."""

    def __init__(
        self, lexicon: Lexicon, spelled: Respelling, hidden: Sequence[Sighting],
        hiding: Container[str], *, is_long: bool,
    ) -> None:  # fmt: skip
        """
        Args:
            hidden: the words in disguise.
            hiding: the owners of such words.
            is_long: may others' words in disguise stand too far away to mean anything?
        """
        self._lexicon = lexicon
        self._spelled = spelled
        self._hidden = hidden
        self.hiding = hiding
        self.is_long = is_long

    @property
    def text(self) -> str:
        """Its letters."""
        return self._spelled.text

    @cached_property
    def kinds(self) -> list[int]:
        """The kinds of the words in it."""
        return self._lexicon.kinds_in(self._spelled, self._hidden)

    @cached_property
    def again(self) -> Words:
        """The words in it."""
        return self._lexicon.meant(self._spelled, self._hidden)

    def read(
        self, owner: str, written: tuple[Folded, list[Hit]] | None
    ) -> tuple[Folded, list[Hit]] | None:
        """What an owner reads, beside what it would read as it is written."""
        told = self.again.get(owner)
        hits = told[1] if told is not None else ()
        if (
            written is not None
            and (self.is_long or owner not in self.hiding)
            and _takes(hits, written[1])
        ):
            return written  # Words that stand there stay, whatever others hide beside them.
        return told


class AsWritten:
    """A text as it is written, for who does not read it as it is meant."""

    def __init__(self, again: Words) -> None:
        self.again = again
        """The words in it."""

    @property
    def text(self) -> str:
        """Its letters."""
        return self.again.folded.text

    @property
    def kinds(self) -> list[int]:
        """The kinds of the words in it."""
        return self.again.kinds

    def read(self, owner: str, _: object) -> tuple[Folded, list[Hit]] | None:
        """What an owner reads."""
        return self.again.get(owner)


def _kept_places(meant: Folded) -> set[int]:
    """The places of the original at which a text that is read as it is meant stands as it is written."""
    if meant.offsets is None or meant.forms is None:
        return set(range(len(meant.original)))
    return {
        place for place, form in zip(meant.offsets, meant.forms, strict=True) if form == "plain"
    }


def _takes(again: Sequence[Hit], before: Sequence[Hit], *, whatever: bool = False) -> bool:
    """Is a word that stood there as it is no longer found, or only as a part of a disguise?

    “买酒返本” sounds like 买就返, which other rules look for: its 返 is what is written.

    Args:
        whatever: whether a word is left however it is spelled.
    """
    left = {hit.term for hit in again if whatever or hit.form == "plain"}
    return any(hit.form == "plain" and hit.term not in left for hit in before)


def distinct(hits: list[Hit]) -> list[Hit]:
    """Each word once at its place, as plainly as it was found, in the order of the ends."""
    best: dict[tuple[int, int, str, str], Hit] = {}
    for hit in hits:
        key = (hit.end, hit.start, hit.group, hit.term)
        known = best.get(key)
        if known is None or doubt(hit.form) < doubt(known.form):
            best[key] = hit
    return [best[key] for key in sorted(best)]
