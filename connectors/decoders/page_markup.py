"""What a page says of itself in markup: schema.org as JSON-LD, microdata and RDFa, and Open Graph.

extruct reads the markup; here its four shapes become one, and what is built to cost much is not
read. A syntax that cannot be read costs itself only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import lxml.html
from extruct.jsonld import JsonLdExtractor
from extruct.opengraph import OpenGraphExtractor
from extruct.rdfa import RDFaExtractor
from extruct.w3cmicrodata import MicrodataExtractor
from extruct.xmldom import XmlDomHTMLParser
from msgspec import Struct, field
from w3lib.encoding import html_to_unicode

from connectors.decoders.encoding import encoding_of
from connectors.decoders.things import MAX_THINGS, Budget, Thing, plain_name, things_of
from connectors.errors import DecodeError, Refused

__all__ = ["Markup", "markup_of"]

#: Longest page that is read, in bytes: real ones are far below a megabyte.
MAX_PAGE = 2 << 20
#: Blocks of JSON-LD of a page, and the longest, in characters.
MAX_BLOCKS, MAX_BLOCK = 50, 512 << 10
#: Items of microdata, how deep one may lie in others, and texts that are read, each as often as it
#: lies in another, or an item refers to it: extruct copies what it reads.
MAX_ITEMS, MAX_NESTED, MAX_TEXTS = 1_000, 8, 8_000
#: Longest page of which RDFa is read, and elements that carry it: rdflib is slow.
MAX_RDFA, MAX_RDFA_ELEMENTS = 512 << 10, 2_000
_JSON_LD = "application/ld+json"
_HIDDEN = re.compile(r"^\s*+(?://)?\s*+<!\[CDATA\[|(?://)?\s{0,20}\]\]>\s{0,20}$")


class Markup(Struct):
    """The markup of a page, by syntax, the more telling syntaxes first."""

    syntaxes: dict[str, list[Thing]] = field(default_factory=dict)
    """Things that no other contains."""
    problems: list[str] = field(default_factory=list)


def markup_of(page: bytes, content_type: str | None, address: str) -> Markup:
    """The markup of an HTML page; empty where there is none.

    Args:
        content_type: as the header says, with the encoding.
        address: of the page, for addresses in it.

    Raises:
        DecodeError: no HTML, or too long.
    """
    if len(page) > MAX_PAGE:
        raise Refused(f"a page of more than {MAX_PAGE >> 20} MiB", page)
    _, text = html_to_unicode(content_type, page, auto_detect_fun=encoding_of)
    try:
        tree = lxml.html.document_fromstring(
            text.encode("utf-8", "replace"), parser=XmlDomHTMLParser(encoding="utf-8")
        )
    except Exception as error:
        # The parser's own errors are of many kinds.
        raise DecodeError(f"no HTML: {error}", page) from error
    found = Markup()
    readers: dict[str, Callable[[Any, str, Markup], list[Thing]]] = {
        "JSON-LD": _json_ld,
        "microdata": _microdata,
        "RDFa": _rdfa if len(page) <= MAX_RDFA else _none,
        "Open Graph": _open_graph,
    }
    for name, read in readers.items():
        try:
            things = read(tree, address, found)
        except Exception as error:  # noqa: BLE001  libraries that read foreign bytes
            found.problems.append(f"{name} cannot be read: {type(error).__name__}: {error}"[:300])
        else:
            if things:
                found.syntaxes[name] = things
    return found


def _none(tree: Any, address: str, found: Markup) -> list[Thing]:
    return []


def _json_ld(tree: Any, address: str, found: Markup) -> list[Thing]:
    items: list[object] = []
    blocks = [
        script
        for script in tree.xpath("//script[@type]")
        if script.get("type").partition(";")[0].strip().lower() == _JSON_LD
    ]
    for number, block in enumerate(blocks, 1):
        if number > MAX_BLOCKS or len(block.text or "") > MAX_BLOCK:
            found.problems.append(f"JSON-LD, block {number}: too much of it")
            break
        # As extruct looks for it, and without what hid it from browsers that knew no scripts.
        block.set("type", _JSON_LD)
        block.text = _HIDDEN.sub("", block.text or "")
        try:
            # One by one: a block that is no JSON must not cost the others.
            items += JsonLdExtractor().extract_items(block)
        except (ValueError, RecursionError) as error:
            found.problems.append(f"JSON-LD, block {number}: no JSON: {error}"[:300])
    return things_of(items)


def _microdata(tree: Any, address: str, found: Markup) -> list[Thing]:
    if not tree.xpath("boolean(//*[@itemscope])"):
        return []
    _weigh(tree)
    return [
        _of_microdata(item, Budget()) for item in _extracted(MicrodataExtractor(), tree, address)
    ]


def _rdfa(tree: Any, address: str, found: Markup) -> list[Thing]:
    carrying = int(tree.xpath("count(//*[@property or @typeof or @rel])"))
    if not tree.xpath("boolean(//*[@typeof])") or carrying > MAX_RDFA_ELEMENTS:
        return []
    things = things_of(_extracted(RDFaExtractor(), tree, address))
    # rdflib keeps no order.
    return sorted(things, key=repr)


def _open_graph(tree: Any, address: str, found: Markup) -> list[Thing]:
    for meta in tree.xpath("//head//meta[@name and not(@property)]"):
        # Many pages write it so, and those who show links read it.
        if meta.get("name").strip().lower().startswith(("og:", "product:")):
            meta.set("property", meta.get("name").strip())
    things = []
    for item in _extracted(OpenGraphExtractor(), tree, address):
        thing = Thing(["Open Graph"])
        for name, value in item["properties"][:MAX_THINGS]:
            thing.properties.setdefault(str(name).strip().lower(), []).append(str(value))
        things.append(thing)
    return things


def _extracted(extractor: Any, tree: Any, address: str) -> list[dict[str, Any]]:
    return [
        item
        for item in extractor.extract_items(tree, base_url=address or None)
        if isinstance(item, dict)
    ]


def _weigh(tree: Any) -> None:
    """Raises Refused where reading the microdata would cost too much."""
    items = texts = references = 0
    waiting: list[tuple[Any, int, int]] = [(tree, 0, 0)]
    while waiting:
        element, nested, inside = waiting.pop()
        if element.get("itemscope") is not None:
            items, nested = items + 1, nested + 1
            references += len((element.get("itemref") or "").split())
        elif element.get("itemprop") is not None:
            inside += 1
        texts += inside * max(nested, 1) ** 2
        if items > MAX_ITEMS or nested > MAX_NESTED or texts > MAX_TEXTS:
            raise Refused("more microdata than any page needs")
        waiting += [(child, nested, inside) for child in element.iterchildren("*")]
    if references * texts > MAX_TEXTS:
        raise Refused("more references in microdata than any page needs")


def _of_microdata(item: Any, budget: Budget, depth: int = 0) -> Thing:
    budget.spend(depth)
    types = item.get("type", [])
    thing = Thing([plain_name(name) for name in ([types] if isinstance(types, str) else types)])
    for name, value in item.get("properties", {}).items():
        for each in value if isinstance(value, list) else [value]:
            inner = _of_microdata(each, budget, depth + 1) if isinstance(each, dict) else each
            if isinstance(inner, str | Thing):
                thing.properties.setdefault(plain_name(name), []).append(inner)
    return thing
