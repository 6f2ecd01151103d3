"""What stands on a screen, read from real pictures."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from connectors.contract.sources import assert_source_contract
from connectors.decoders.screen import Screen as Decoder
from connectors.decoders.screen import ScreenLine
from connectors.errors import Fatal
from connectors.sources import screen
from connectors.sources.screen import Screen, ScreenOptions
from detectors.events import Event, Price, Product
from tests.connectors.lines import recording
from tests.connectors.sounds import BEGAN, BEGAN_MS, needed, packed
from tests.connectors.sources.test_speech import streaming

pytestmark = pytest.mark.asyncio

WHOLE = (0.0, 0.0, 1.0, 1.0)
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def card(folder: Path, price: str = "¥39.9 到手价") -> Path:
    """A card of 720 by 480 points."""
    if not FONT.is_file():
        message = "a Chinese font is missing: apt-get install fonts-noto-cjk"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    needed("ffmpeg")
    image = Image.new("RGB", (720, 480), "white")
    draw = ImageDraw.Draw(image)
    for top, size, text, colour in [
        (30, 44, "云雾山高山绿茶 250g 礼盒装", "black"),
        (110, 30, "产地：福建宁德", "#444444"),
        (190, 56, price, "#ee0000"),
        (290, 30, "原价 ¥199", "#999999"),
        (360, 32, "仅剩10件", "#ee0000"),
    ]:
        font = ImageFont.truetype(str(FONT), size, index=2)
        draw.text((40, top), text, font=font, fill=colour)
    path = folder / "card.png"
    image.save(path)
    return path


async def events_of(path: Path, **options: object) -> list[Event]:
    source = Screen(
        ScreenOptions(path=str(path), began=BEGAN, **{"crop": WHOLE, **options}),  # type: ignore[arg-type]
        recording(),
    )
    decoder = Decoder(recording())
    await source.connect()
    try:
        return [
            event
            for delivery in [delivery async for delivery in source]
            for event in decoder.feed(delivery.frame, delivery.received_at).events
        ]
    finally:
        await source.close()


@pytest.mark.slow
async def test_a_chinese_card_is_read_with_its_prices(tmp_path: Path) -> None:
    product, price = await events_of(card(tmp_path))

    assert isinstance(product, Product)
    assert isinstance(price, Price)
    assert product.title == "云雾山高山绿茶250g礼盒装"
    assert product.attributes == {"产地": "福建宁德"}
    assert (price.kind, price.price, price.at) == ("coupon", 3_990, BEGAN_MS)
    assert (price.reference_price, price.reference_label) == (19_900, "原价")


@pytest.mark.slow
async def test_a_part_of_the_picture_is_read(tmp_path: Path) -> None:
    # Nearly square: of a strip the reader makes a picture three times as large as the card.
    assert await events_of(card(tmp_path), crop=(0, 0.55, 0.45, 0.45)) == []


class Blank:
    """Reads the size of a picture, in no time."""

    model = "blank"

    def __init__(self) -> None:
        self.worker = ThreadPoolExecutor(1)

    def read(self, width: int, height: int, rgb: bytes) -> list[ScreenLine]:
        assert len(rgb) == width * height * 3
        return [ScreenLine(text=f"{width}x{height}", confidence=1, top=0)]


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = Blank()
    monkeypatch.setattr(screen, "reader", lambda threads: reads)


def film(folder: Path, name: str, *arguments: str, seconds: int = 23) -> Path:
    still = card(folder)
    loop = ["-vf", f"loop=-1:1,fps=5,trim=duration={seconds}"]
    return packed(still, name, *loop, "-g", "10", *arguments)


@pytest.mark.slow
@pytest.mark.usefixtures("blank")
async def test_one_picture_every_ten_seconds_is_read(tmp_path: Path) -> None:
    path = film(tmp_path, "film.mp4", "-pix_fmt", "yuv420p")
    source = Screen(ScreenOptions(path=str(path), began=BEGAN, crop=(0, 0.5, 1, 0.5)), recording())
    await source.connect()
    frames = [delivery.frame async for delivery in source]
    await source.close()

    assert len(frames) == 3
    assert all(b"720x240" in frame for frame in frames)
    assert [f'"at":{BEGAN_MS + n * 10_000}'.encode() in f for n, f in enumerate(frames)] == [
        True
    ] * 3


@pytest.mark.slow
@pytest.mark.usefixtures("blank")
async def test_it_keeps_the_contract(tmp_path: Path) -> None:
    flv = film(tmp_path, "film.flv", "-pix_fmt", "yuv420p").read_bytes()
    async with streaming(flv) as (url, break_off):

        def live(url: str = url) -> Screen:
            return Screen(ScreenOptions(url=url, every_s=5, crop=WHOLE), recording())

        await assert_source_contract(
            live,
            frames=2,
            interrupt=break_off,
            unreachable=lambda: live("http://127.0.0.1:9/live.flv"),
        )


@pytest.mark.parametrize("crop", [(0, 0, 0, 1), (0.5, 0, 0.6, 1), (0, 0.5, 1, 0.6)])
async def test_a_part_beyond_the_picture_is_refused(crop: tuple[float, ...]) -> None:
    with pytest.raises(Fatal, match="crop"):
        Screen(ScreenOptions(url="http://127.0.0.1/a.flv", crop=crop), recording())  # type: ignore[arg-type]
