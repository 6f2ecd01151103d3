"""What a file of a capture is: told by its first bytes, never by its name or by what the sender says."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["HEAD", "IMAGE_BYTES", "TYPES", "Media", "media_of", "pixels_of", "suffix_of"]

#: So many bytes tell the kind.
HEAD = 4_096
#: The largest image and the largest clip, bytes.
IMAGE_BYTES, CLIP_BYTES = 32 * 2**20, 512 * 2**20


class Media(Struct, frozen=True):
    """A kind of file that a capture may be."""

    type: str
    """Media type (RFC 6838)."""
    suffix: str
    most: int
    """Bytes."""


_PNG = Media("image/png", "png", IMAGE_BYTES)
_JPEG = Media("image/jpeg", "jpg", IMAGE_BYTES)
_WEBP = Media("image/webp", "webp", IMAGE_BYTES)
_HEIC = Media("image/heic", "heic", IMAGE_BYTES)
_MP4 = Media("video/mp4", "mp4", CLIP_BYTES)
_MOV = Media("video/quicktime", "mov", CLIP_BYTES)
_WEBM = Media("video/webm", "webm", CLIP_BYTES)
_MKV = Media("video/x-matroska", "mkv", CLIP_BYTES)
_FLV = Media("video/x-flv", "flv", CLIP_BYTES)
#: Media type by suffix.
TYPES = {
    kind.suffix: kind.type for kind in (_PNG, _JPEG, _WEBP, _HEIC, _MP4, _MOV, _WEBM, _MKV, _FLV)
}
_SUFFIXES = {type_: suffix for suffix, type_ in TYPES.items()}
#: Major brands of ISO base media files (ISO/IEC 14496-12); what is none of these is refused.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"mif1"), _HEIC),
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash",
         b"MSNV", b"3gp4", b"3gp5", b"3gp6"),
        _MP4,
    ),
    b"qt  ": _MOV,
}  # fmt: skip


def media_of(head: bytes) -> Media | None:
    """The kind of a file that begins with these bytes; ``None``: none that a capture may be."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return _PNG
    if head.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return _WEBP
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):  # EBML (RFC 8794); the document type follows
        return _WEBM if b"webm" in head[:64] else _MKV if b"matroska" in head[:64] else None
    if head.startswith(b"FLV\x01"):
        return _FLV
    return None


def suffix_of(type_: str) -> str:
    """Suffix of a file of this media type."""
    return _SUFFIXES[type_]


def pixels_of(data: bytes) -> int | None:
    """Width by height of a PNG or JPEG as its header says; ``None``: it does not say."""
    if data.startswith(b"\x89PNG"):
        return int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")
    place = 2
    while data.startswith(b"\xff\xd8") and place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        # Frame headers (ITU-T T.81, table B.1): all of SOF but DHT, JPG and DAC.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height = int.from_bytes(data[place + 5 : place + 7], "big")
            return height * int.from_bytes(data[place + 7 : place + 9], "big")
        place += 2 + length
    return None
