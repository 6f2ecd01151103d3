"""Rich text of Douyin's and TikTok's messages: a pattern, or pieces, or a plain string."""

from __future__ import annotations

from connectors.decoders.wire import Message, parse

__all__ = ["text_of"]


def text_of(message: Message, number: int) -> str | None:
    """The text of a field: Text{2 default_pattern, 4 pieces[]{11 string_value}}, else the string
    that older schemas have in its place."""
    data = message.data(number)
    if not data:
        return None
    rich = parse(data)
    pieces = "".join(piece.text(11) or "" for piece in rich.messages(4))
    pattern = rich.text(2) or ""
    if rich.whole and (pieces or pattern):
        # The places in a pattern (“{0:string}”) are filled by the pieces.
        return pieces if pieces and ("{" in pattern or not pattern) else pattern
    try:
        plain = data.decode()
    except UnicodeDecodeError:
        return None
    return plain if plain.isprintable() else None
