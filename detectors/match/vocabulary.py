"""The words of expressions: what rules ask of the words around a pattern, as plain words.

A text in which one word is disguised is read again for these: who hides “高血压” hides
“三天就好” too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from detectors.match.expression import Expression

__all__ = ["words_in"]

_CLASS = re.compile(r"\[[^\]]{0,500}\]|\\.|\(\?[a-zA-Z]*[:=!<][=!]?")
#: A character that may be left out is none of the word, nor is one that is repeated.
_OPTIONAL = re.compile("[\u4e00-\u9fff][?*+{]")
_RUN = re.compile("[\u4e00-\u9fff]{2,8}")


def words_in(expressions: Iterable[Expression]) -> Iterator[str]:
    """The runs of Chinese characters in expressions, which are read as they are.

    >>> sorted(words_in([re.compile("充[^,]{0,6}(?:分钟|一次)用?(?:个月|年)|省(?:油|电费)")]))
    ['一次', '个月', '分钟', '电费']
    """
    for expression in expressions:
        source = _OPTIONAL.sub("|", _CLASS.sub("|", expression.pattern))
        yield from _RUN.findall(source)
