"""What a command says on standard output: one JSON document for programs, or lines for people."""

from __future__ import annotations

import msgspec

__all__ = ["answer", "indented", "print_json"]


def answer(document: object, *lines: str, as_json: bool) -> None:
    """Prints the document, or instead of it the lines.

    Args:
        document: what msgspec can encode; it says everything that the lines say.
    """
    if as_json:
        print_json(document)
        return
    for line in lines:
        print(line)


def print_json(document: object) -> None:
    """Prints a document as indented JSON."""
    print(indented(document))


def indented(document: object) -> str:
    """A document as JSON that people can read, too."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
