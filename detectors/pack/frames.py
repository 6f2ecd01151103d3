"""How a pack says what claims are made of: slots (lists of words) and frames (slots in order).

A slot is written once and may be used by many frames and rules. A frame is what an alert and
`rules explain` name: ``edu-promise/certain``. It has cases of its own, from both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import product
from typing import Literal

from msgspec import Struct

from detectors.alerts import Level
from detectors.events import Category

__all__ = [
    "CLASS",
    "END",
    "PLACE",
    "REPORTED",
    "SHOWN",
    "SUFFICES",
    "TYPED",
    "About",
    "Beside",
    "Doubt",
    "Exempt",
    "Frame",
    "FrameError",
    "Goods",
    "OnCard",
    "Slot",
    "Step",
    "Unless",
    "kinds_above",
    "kinds_of",
    "words_of",
]

Within = Literal["clause", "sentence", "text", "breath"]
#: The slot of a place of origin by its name.
PLACE = "<place>"
SHOWN = "<shown>"
"""Stands among what a text must hold for a card of the goods that shows attributes."""
SUFFICES = "<suffices>"
"""Stands there where the words suffice, whatever the whole is like."""
#: Slots that are no lists of words: a number, a share, a length of time, a sum, a multiple, a year, an account, a place.
TYPED = ("<number>", "<percent>", "<span>", "<sum>", "<times>", "<year>", "<account>", PLACE)
#: The slot of words by which a notice tells what a party said.
REPORTED = "reported"
#: The slot of words that tell a class of goods, by class (`packs/slots/classes.yaml`); no rule looks for
#: them, they are asked where the card shows no class.
CLASS = "class"
#: Among the words of which one must stand behind a slot: that its clause ends there.
END = "<end>"
#: Words of one slot, joins written out. More is a product that nobody can review.
MOST_WORDS = 4_000


class FrameError(ValueError):
    """A slot or a frame that cannot be used; the message names it."""

    def __init__(self, what: str, name: str = "") -> None:
        super().__init__(what)
        self.name = name
        """The slot or the frame, as the pack writes it."""


class Slot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that mean the same at one place of a sentence."""

    words: list[str] = []
    join: list[list[str]] = []
    """Parts that make words when put together, one of each in their order; ``""`` leaves a part out."""
    use: list[str] = []
    """Slots whose words belong to it, too."""
    but: list[str] = []
    """Words that it does not have, though a join makes them or a used slot has them."""


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand between two slots of a frame, or a slot that may be missing."""

    gap: int = 0
    """Most letters between the slots before and after."""
    marks: int = 0
    """Most clause marks among them; never the end of a sentence."""
    asked: bool = False
    """A question may end among them: who repeats it and answers in one breath."""
    optional: str = ""
    """A slot that may be missing."""


class Beside(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand near a claim: a word, or words that stand to each other as those of a frame do."""

    any: list[str] = []
    """Slots of which one suffices."""
    seq: list[str | Step] = []
    """Or slots in their order, as in a frame."""
    all: list[str] = []
    """Or slots in any order."""
    near: int = 16
    """Of `all`: most letters between one and the next."""
    within: Within = "sentence"
    """Where it must stand: with the claim in a clause or sentence, anywhere in the text that is read
    at one go, or within `reach` letters in all that the speaker says without a pause, in one event or
    several. Of `breath`, `all` and `but` are looked at."""
    side: Literal["", "before", "behind", "around", "over"] = ""
    """On which side of the claim it must stand, `around`: it begins before and ends behind it, `over`: it
    shares letters with it (第一次); empty: on either, or among its words."""
    reach: int = 0
    """Most letters from there to the claim, its own included; 0: as many as there are."""
    gap: int | None = None
    """Most letters between it and the claim; ``None``: as many as there are."""
    ends: bool = False
    """Whether a clause must end right behind it."""
    together: list[str] = []
    """Slots of which a word or figure must stand in the same clause, sentence or text, too."""
    without: list[str] = []
    """Slots of which none may stand there."""
    but: list[str] = []
    """Slots of which a word between it and the claim makes it speak of something else."""
    warning: bool = False
    """Or words by which the speaker warns of it, or sends those who are ill to a doctor
    (`detectors.speech.scope`)."""

    @property
    def slots(self) -> list[str]:
        """The slots of words that it names."""
        steps = [item.optional if isinstance(item, Step) else item for item in self.seq]
        named = [*self.any, *self.all, *steps, *self.but, *self.together, *self.without]
        return [name for name in named if name and name not in TYPED]


class Unless(Beside, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words beside a frame that give it another meaning."""

    why: str
    """The code of the stated silence."""
    likeness: bool = True
    """Whether what the whole text is like is not asked for then, either."""


class Doubt(Beside, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words beside which a claim is only watched."""

    says: str
    """Why: the reason of the level."""
    missing: list[str] = []
    """What must be obtained about it then."""


class Goods(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods that a rule looks at: of some classes, or spoken of in some words, or both."""

    category: list[Category | Literal["unknown"]] = []
    """Classes of the card; empty: any."""
    words: list[str] = []
    """Slots of which one must be in the card's title or in the text; empty: whatever is said."""
    seeming: list[Category | Literal["unknown"]] = []
    """Where the card shows no class: the classes of which the words of title and text tell
    (`packs/slots/classes.yaml`); `unknown`: they tell of none. Empty: whatever they tell."""
    level: Level = "lead"
    """What a claim about them is worth at most."""
    says: str = ""
    """Why a claim about them has no higher level; empty: that the card shows another class, or none."""
    missing: list[str] = []
    """What must still be obtained about such goods."""


class OnCard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a card must show against a claim: a word in a field (“零添加”; 配料: 山梨酸钾)."""

    fields: list[str] = []
    """Slots of which a word stands in the name of the field; empty: any field."""
    words: list[str] = []
    """Slots of which a word stands in what it says; “、水、” stands there as an item of a list."""
    but: list[str] = []
    """Slots of words of which a part is none of those (三氯蔗糖)."""
    same: bool = False
    """Whether the word must be of the same kind as one of the claim: `listed.糖` against `denied.糖`."""
    above: float | None = None
    """Or a figure that is greater; of `unit`, where one is named."""
    ranks: str = ""
    """Or a slot of grades whose kinds are numbers (`fine.999`): the claim's must be above each on the card."""
    unit: str = ""
    """Or a slot of units: the claim's figure must be above each of the same unit on the card. A kind that
    is a number (`age.12: [岁]`) says how many of the smallest unit one is; other kinds are not
    compared with each other."""
    less: bool = False
    """Whether it must be below each, instead."""
    slack: float = 0.0
    """How much more makes no difference."""
    years: bool = False
    """Whether a year on the card tells how old the goods are."""
    example: dict[str, str] = {}
    """The fields of a card over which the frame's sentences are said; empty: only cases show it."""

    @property
    def slots(self) -> list[str]:
        """The slots that it names."""
        named = [*self.fields, *self.words, *self.but, self.ranks, self.unit]
        return [name for name in named if name]


class Frame(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which a claim is made."""

    id: str
    seq: list[str | Step] = []
    """Slots in their order, with what may stand between them."""
    all: list[str] = []
    """Or slots in any order, within a sentence."""
    within: int = 16
    """Of `all`: most letters between one and the next."""
    not_before: dict[str, list[str] | str] = {}
    """By slot, words that must not stand just before it, or the slot that has them."""
    not_next: dict[str, list[str] | str] = {}
    """By slot, words that must not stand just behind it, or the slot that has them."""
    before: dict[str, list[str] | str] = {}
    """By slot, words of which one must stand just before it, or the slot that has them."""
    next: dict[str, list[str] | str] = {}
    """By slot, words of which one must stand just behind it, or the slot that has them; `<end>`: the end
    of its clause."""
    but: list[str] = []
    """Slots of which a word between two words of the claim makes that they do not belong together
    (“外面卖九十九，我们的不掉色”)."""
    apart: bool = False
    """Each place that it names must lie elsewhere than the one before it, and of a slot with kinds that
    it names again each word must be of another kind."""
    heard: list[str] = []
    """Slots of which a word of two characters is heard, too, where only its sounds are right (痛疯)."""
    plain: bool = False
    """Whether nobody hides its words: they are found as they are written only."""
    hidden: list[str] = []
    """Slots of which the word must stand in disguise: who hides it means it."""
    least: dict[str, float] = {}
    """By typed slot, the smallest figure that counts; that of a share is in hundredths."""
    rise: float = 0.0
    """How many times the smaller of the figures that it names the greatest is at least; 0: whatever."""
    card: OnCard | None = None
    """What the card must show against it; ``None``: nothing."""
    where: list[Beside] = []
    """What must stand beside it, any of these; empty: nothing."""
    alone: bool = False
    """Whether the text must be little more than its words, as a label or a notice is."""
    unless: list[Unless] = []
    doubts: list[Doubt] = []
    """Beside which it is only watched; the first that stands gives the reason."""
    concept: str
    """The subject of the alert: the same concept again is the same claim. The name of a slot with
    kinds: the kind of its word."""
    says: str
    """What is alleged, in the reason, behind the quoted words."""
    level: Level = "lead"
    negation: Literal["denies", "own"] = "denies"
    """`own`: a negation is part of the claim (“没有一个不过的”)."""
    admission: bool = False
    """It tells what is so of the speaker's own goods: neither what is said after it nor that somebody
    asked takes it back (“没有厂址，厂家不让写”), and a negation or a question may be part of it."""
    question: Literal["asks", "claims"] = "asks"
    """`claims`: worded as a question it is a claim all the same."""
    spreads: bool = False
    """Who passes it on makes it: neither hearsay (“听说…”) nor what is said behind it takes it back."""
    sufficient: bool = False
    """Its words leave nothing open: it stands even where the whole text is little like labelled violations
    (threshold `unlike`), from a share of 0.02 on."""
    about: list[Goods] = []
    """The goods that it looks at; empty: all that the rule does."""
    elsewhere: bool = False
    """What it finds about others of the rule's goods is another rule's to say: what the whole text is
    like is not asked for, either."""
    law: list[str] = []
    """The candidate bases of the rule that it stands for; empty: all."""
    missing: list[str] = []
    """What must still be obtained about such a claim."""
    fires: list[str] = []
    """Sentences in which it finds a claim."""
    quiet: list[str] = []
    """Sentences in which the whole rule finds none."""

    @property
    def slots(self) -> list[str]:
        """The slots that must stand in a text; typed ones are left out."""
        return [name for name in self._must_stand if name not in TYPED]

    @property
    def figures(self) -> list[str]:
        """The typed slots that must stand in a text."""
        return [name for name in self._must_stand if name in TYPED]

    @property
    def _must_stand(self) -> list[str]:
        return self.all or [item for item in self.seq if isinstance(item, str)]

    @property
    def claiming(self) -> list[str]:
        """The slots of words that make the claim, those that may be missing included."""
        optional = [item.optional for item in self.seq if isinstance(item, Step) and item.optional]
        return [*self.slots, *(name for name in optional if name not in TYPED)]

    @property
    def every_slot(self) -> list[str]:
        """All slots that it names."""
        beside = (*self.where, *self.unless, *self.doubts)
        asides = [name for one in beside for name in one.slots]
        goods = [name for one in self.about for name in one.words]
        shown = self.card.slots if self.card is not None else []
        return [*self.claiming, *shown, *self.but, *asides, *goods]


class Exempt(Beside, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exemption by words beside a claim."""

    clause: str
    of: list[str] = []
    """The concepts, or frames by their id, that it exempts; empty: all."""
    card: list[str] = []
    """Slots of which a word may stand in the name of a field that the card fills in, instead."""
    met: str
    """What was said where it holds; the words follow."""
    unmet: str
    """What was looked for and not seen."""
    brand: bool = False
    """Whether it is exempt as well where the brand on the card has its words."""
    also: list[Beside] = []
    """What exempts it as well."""
    firm: bool = False
    """Whether it holds however much the whole text is like violations: the law's own exemption."""
    likeness: bool = True
    """Whether it exempts what no frame finds and only the whole is like, too."""

    @property
    def slots(self) -> list[str]:
        also = [name for one in self.also for name in one.slots]
        return [*super().slots, *self.card, *also]


class About(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule is about; the first description of goods that fits decides."""

    goods: list[Goods]
    why: str
    """The code of the silence about anything else."""

    @property
    def words(self) -> list[str]:
        """The slots by which goods are told."""
        return [slot for goods in self.goods for slot in goods.words]


def kinds_of(slots: Collection[str], name: str) -> list[str]:
    """The slots that a name stands for: itself, else those of which it is the beginning before a dot.

    >>> kinds_of(["ill.eye", "ill.skin", "illness", "cure"], "ill")
    ['ill.eye', 'ill.skin']
    """
    if name in slots:
        return [name]
    return [slot for slot in slots if slot.startswith(f"{name}.")]


@lru_cache(maxsize=4_096)
def kinds_above(group: str) -> tuple[str, ...]:
    """A group and the kinds that it belongs to.

    >>> kinds_above("ill.disease.癌症")
    ('ill', 'ill.disease', 'ill.disease.癌症')
    """
    parts = group.split(".")
    return tuple(".".join(parts[:count]) for count in range(1, len(parts) + 1))


def words_of(
    slots: Mapping[str, list[str] | Slot], name: str, path: Sequence[str] = ()
) -> list[str]:
    """The words of a slot, in their order, joins written out.

    Raises:
        FrameError: there is no such slot, it uses itself, or it has too many words or none.
    """
    if name in path:
        raise FrameError(f"slot {name!r} uses itself: {' → '.join((*path, name))}", name)
    slot = slots.get(name)
    if slot is None:
        like = get_close_matches(name, slots, n=2)
        raise FrameError(
            f"no slot {name!r}" + (f"; is {' or '.join(map(repr, like))} meant?" if like else ""),
            name,
        )
    if isinstance(slot, list):
        slot = Slot(words=slot)
    found = dict.fromkeys(slot.words)
    if slot.join:
        size = 1
        for part in slot.join:
            size *= len(part)
        if size > MOST_WORDS:
            what = f"slot {name!r}: the join makes {size} words, {MOST_WORDS} at most"
            raise FrameError(what, name)
        found.update(dict.fromkeys("".join(parts) for parts in product(*slot.join)))
    for other in slot.use:
        found.update(dict.fromkeys(words_of(slots, other, (*path, name))))
    words = [word for word in found if word and word not in slot.but]
    if not words:
        raise FrameError(f"slot {name!r} has no words", name)
    return words
