"""Prices in the markup of shop pages: every syntax, and every reason for taking none."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.decoders.decoded import Decoded
from connectors.decoders.page_markup import MAX_PAGE, markup_of
from connectors.decoders.product_page import ProductPage
from detectors.events import Price, Product
from tests.connectors.decoders.test_every_decoder import check
from tests.connectors.importing import recording
from tests.whole import examples

#: 2026-09-01 12:00 in China.
AT = 1_788_235_200_000
ADDRESS = "https://shop.example/tea?id=1"
TEA: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "Product",
    "name": "明前龙井 50克",
    "sku": "T1",
    "brand": {"@type": "Brand", "name": "云上"},
    "gtin13": "6901234567892",
    "category": "茶叶",
    "additionalProperty": [{"@type": "PropertyValue", "name": "保质期", "value": "18个月"}],
    "offers": {
        "@type": "Offer",
        "price": "89.90",
        "priceCurrency": "CNY",
        "availability": "https://schema.org/InStock",
        "seller": {"@type": "Organization", "name": "云上旗舰店"},
    },
}


def json_ld(*documents: object, head: str = "") -> bytes:
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(each, ensure_ascii=False)}</script>'
        for each in documents
    )
    return f"<!doctype html><html><head><meta charset=utf-8>{head}{scripts}</head><body>x</body></html>".encode()


def open_graph(**properties: str) -> str:
    return "".join(
        f'<meta property="{name.replace("__", ":")}" content="{value}">'
        for name, value in properties.items()
    )


MICRODATA = """<html><body><div itemscope itemtype="https://schema.org/Product">
<h1 itemprop="name">明前龙井</h1><meta itemprop="sku" content="T1">
<div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
<meta itemprop="priceCurrency" content="CNY"><span itemprop="price" content="89.9">89.90 元</span>
<link itemprop="availability" href="https://schema.org/OutOfStock"></div>
<div itemprop="isRelatedTo" itemscope itemtype="https://schema.org/Product">
<span itemprop="name">别的茶</span></div></div></body></html>""".encode()
RDFA = """<html><body vocab="https://schema.org/"><div typeof="Product">
<h1 property="name">明前龙井</h1><meta property="sku" content="T1">
<div property="offers" typeof="Offer"><meta property="priceCurrency" content="CNY">
<span property="price">89.90</span><link property="availability" href="https://schema.org/InStock"></div>
<div property="isRelatedTo" typeof="Product"><span property="name">别的茶</span>
<div property="offers" typeof="Offer"><meta property="priceCurrency" content="CNY">
<span property="price">1.00</span></div></div></div></body></html>""".encode()
GRAPH_OF_A_PAGE = open_graph(
    og__type="product",
    og__title="明前龙井",
    product__retailer_item_id="T1",
    product__price__amount="89.90",
    product__price__currency="CNY",
    product__availability="in stock",
)
OPEN_GRAPH = json_ld(head=GRAPH_OF_A_PAGE)
PAGES = [json_ld(TEA), MICRODATA, RDFA, OPEN_GRAPH]


def decoded(page: bytes, at: int = AT) -> Decoded:
    out = ProductPage(recording(platform="shop", room="77001")).feed(page, at)
    check(out)
    return out


def with_offer(**changes: object) -> dict[str, Any]:
    offer = {**TEA["offers"], **changes}
    return {**TEA, "offers": {name: value for name, value in offer.items() if value is not None}}


def priced(page: bytes) -> list[Price]:
    return [event for event in decoded(page).events if isinstance(event, Price)]


def cards(page: bytes) -> list[Product]:
    return [event for event in decoded(page).events if isinstance(event, Product)]


def test_a_page_becomes_a_card_and_a_price() -> None:
    out = decoded(json_ld(TEA))
    card, price = out.events
    assert isinstance(card, Product)
    assert isinstance(price, Price)
    assert (card.sku, card.title, card.brand, card.shop) == (
        "T1",
        "明前龙井 50克",
        "云上",
        "云上旗舰店",
    )
    assert (card.category, card.status, card.price) == ("food", "listed", 8_990)
    assert card.attributes == {"条码": "6901234567892", "保质期": "18个月"}
    assert (price.sku, price.kind, price.price, price.conditions) == ("T1", "asking", 8_990, None)
    assert (price.at, price.seen, price.room) == (AT, AT, "77001")
    assert out.notes == out.problems == []


@pytest.mark.parametrize("page", PAGES, ids=["json-ld", "microdata", "rdfa", "open graph"])
def test_every_syntax_tells_the_price(page: bytes) -> None:
    assert [(each.sku, each.price) for each in priced(page)] == [("T1", 8_990)]
    assert [(each.sku, each.price) for each in cards(page)] == [("T1", 8_990)]


def test_what_is_sold_out_says_so() -> None:
    assert [card.status for card in cards(MICRODATA)] == ["sold_out"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"priceCurrency": "USD"}, "a price in USD"),
        ({"priceCurrency": None}, "a price without a currency"),
        ({"priceCurrency": None, "price": "¥89.9"}, "a price without a currency"),
        ({"price": "0.00"}, "a price of nothing"),
        ({"price": "$89.9"}, "no price in yuan"),
        ({"priceValidUntil": "2026-08-31"}, "has run out"),
        ({"validFrom": "2026-09-02"}, "has not begun"),
        ({"priceValidUntil": "soon"}, "soon"),
        ({"eligibleQuantity": {"@type": "QuantitativeValue", "minValue": 3}}, "under a condition"),
        ({"businessFunction": "http://purl.org/goodrelations/v1#LeaseOut"}, "is no sale"),
    ],
)
def test_no_price_is_taken_that_is_not_asked_of_anyone_now_in_yuan(
    changes: dict[str, object], reason: str
) -> None:
    out = decoded(json_ld(with_offer(**changes)))
    assert [type(event) for event in out.events] == [Product]
    assert out.events[0].price is None  # type: ignore[union-attr]
    assert any(reason in note for note in out.notes), out.notes
    assert out.skipped.total() == 1


@pytest.mark.parametrize(
    ("changes", "fen", "conditions"),
    [
        ({"price": 89.9}, 8_990, None),
        ({"price": 89}, 8_900, None),
        ({"price": "1,289.00"}, 128_900, None),
        ({"priceCurrency": None, "price": "89.9元"}, 8_990, None),
        ({"priceCurrency": "rmb"}, 8_990, None),
        ({"priceValidUntil": "2026-09-01"}, 8_990, ["标价有效期至 2026-09-01"]),
        ({"availability": "PreOrder"}, 8_990, ["预售"]),
        ({"itemCondition": "https://schema.org/UsedCondition"}, 8_990, ["二手"]),
        ({"price": None, "lowPrice": 39.9, "highPrice": "129.9"}, 3_990, ["39.90-129.90元"]),
        ({"price": None, "lowPrice": 39.9, "highPrice": "39.9"}, 3_990, None),
    ],
)
def test_prices_are_read_as_they_are_written(
    changes: dict[str, object], fen: int, conditions: list[str] | None
) -> None:
    [price] = priced(json_ld(with_offer(**changes)))
    assert (price.price, price.conditions) == (fen, conditions)


def test_a_range_that_runs_backwards_is_no_price() -> None:
    assert priced(json_ld(with_offer(price=None, lowPrice=129.9, highPrice=39.9))) == []


def specification(**changes: object) -> dict[str, object]:
    return {"@type": "UnitPriceSpecification", "priceCurrency": "CNY", **changes}


def test_specifications_tell_the_price_and_the_one_that_is_struck_through() -> None:
    page = json_ld(
        with_offer(
            price=None,
            priceSpecification=[
                specification(price="89.90"),
                specification(price="459.00", priceType="https://schema.org/StrikethroughPrice"),
                specification(price="79.90", validForMemberTier={"name": "金卡"}),
                specification(price="1.00", **{"@type": "DeliveryChargeSpecification"}),
                specification(price="17.98", referenceQuantity={"value": 10, "unitText": "克"}),
            ],
        )
    )
    [price] = priced(page)
    assert (price.price, price.reference_price, price.reference_label) == (8_990, 45_900, "划线价")
    assert price.unit is None
    assert "a price under a condition" in decoded(page).notes


@pytest.mark.parametrize(
    ("kind", "label"),
    [("MSRP", "建议零售价"), ("https://schema.org/ListPrice", None), ("RegularPrice", None)],
)
def test_a_reference_price_has_no_name_that_the_page_does_not_give_it(
    kind: str, label: str | None
) -> None:
    reference = specification(price="459", priceType=kind)
    [price] = priced(json_ld(with_offer(priceSpecification=[reference])))
    assert (price.price, price.reference_price, price.reference_label) == (8_990, 45_900, label)
    lower = specification(price="59", priceType=kind)
    [price] = priced(json_ld(with_offer(priceSpecification=lower)))
    assert (price.reference_price, price.reference_label) == (None, None)


def test_a_price_of_a_measure_says_of_which() -> None:
    [price] = priced(
        json_ld(
            with_offer(
                price=None,
                priceSpecification=specification(
                    price="17.98", referenceQuantity={"value": 10, "unitText": "克"}
                ),
            )
        )
    )
    assert (price.price, price.unit) == (1_798, "10克")


def test_variants_are_products_of_their_own() -> None:
    variants = [
        {"@type": "Product", "sku": sku, "offers": {**TEA["offers"], "price": price}}
        for sku, price in (("T1-S", "39.9"), ("T1-L", "129.9"))
    ]
    group = {
        "@type": "ProductGroup",
        "name": "龙井",
        "productGroupID": "T1",
        "hasVariant": variants,
    }
    assert [(each.sku, each.price) for each in priced(json_ld(group))] == [
        ("T1-S", 3_990),
        ("T1-L", 12_990),
    ]
    assert [each.title for each in cards(json_ld(group))] == ["龙井", "龙井"]


def test_offers_of_one_product_are_a_range_and_what_is_sold_out_is_not_in_it() -> None:
    offers = [
        {**TEA["offers"], "price": "59.9"},
        {**TEA["offers"], "price": "89.9"},
        {**TEA["offers"], "price": "9.9", "availability": "https://schema.org/SoldOut"},
    ]
    for shape in (offers, {"@type": "AggregateOffer", "offers": offers}):
        [price] = priced(json_ld({**TEA, "offers": shape}))
        assert (price.price, price.conditions) == (5_990, ["59.90-89.90元"])


def test_a_graph_is_followed_and_what_it_recommends_is_not_the_pages_product() -> None:
    other = {
        "@type": "Product",
        "@id": "#other",
        "sku": "T9",
        "offers": {**TEA["offers"], "price": 1},
    }
    page = json_ld(
        {
            "@graph": [
                {"@type": "WebPage", "mainEntity": {"@id": "#tea"}},
                {
                    **TEA,
                    "@id": "#tea",
                    "offers": {"@id": "#offer"},
                    "isRelatedTo": {"@id": "#other"},
                },
                {**TEA["offers"], "@id": "#offer"},
                other,
            ]
        }
    )
    assert [(each.sku, each.price) for each in priced(page)] == [("T1", 8_990)]


def test_where_the_syntaxes_name_different_prices_none_is_taken() -> None:
    out = decoded(json_ld(TEA, head=GRAPH_OF_A_PAGE.replace("89.90", "459.00")))
    assert [type(event) for event in out.events] == [Product]
    assert out.notes == ["the page names several prices: [8990, 45900] 分"]
    assert len(priced(json_ld(TEA, head=GRAPH_OF_A_PAGE))) == 1


def test_a_sale_price_of_open_graph_has_the_price_before_it() -> None:
    sale = GRAPH_OF_A_PAGE + open_graph(product__sale_price__amount="59.90")
    [price] = priced(json_ld(head=sale))
    assert (price.price, price.reference_price, price.reference_label) == (5_990, 8_990, None)
    dated = sale + open_graph(product__sale_price_dates__start="2026-01-01")
    assert priced(json_ld(head=dated)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ld+json", b"LD+JSON; charset=utf-8"),
        (b'ld+json">', b'ld+json">\n//<![CDATA[\n'),
        (b"</script>", b"\n//]]>\n</script>"),
    ],
)
def test_a_block_may_be_written_in_an_old_way(old: bytes, new: bytes) -> None:
    page = json_ld(TEA)
    assert old in page
    assert [each.price for each in priced(page.replace(old, new))] == [8_990]


def test_open_graph_may_stand_in_names() -> None:
    assert [each.price for each in priced(OPEN_GRAPH.replace(b"property=", b"name="))] == [8_990]


def test_a_block_that_is_no_json_costs_only_itself() -> None:
    page = json_ld(TEA).replace(
        b"<script", b'<script type="application/ld+json">{"a":</script><script', 1
    )
    out = decoded(page)
    assert len(out.events) == 2
    assert out.skipped == {"markup that cannot be read": 1}


def test_the_head_of_the_answer_says_encoding_address_and_sku() -> None:
    body = json_ld(TEA).replace(b"<meta charset=utf-8>", b"").decode().encode("gb18030")
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gb2312\r\n"
        f"Content-Location: {ADDRESS}\r\nLivewatch-Sku: 架上1号\r\n\r\n"
    ).encode()
    card, price = decoded(head + body).events
    assert isinstance(card, Product)
    assert (card.title, card.url, card.sku) == ("明前龙井 50克", ADDRESS, "架上1号")
    assert price.raw == card.raw
    # Not the live room's: there, the page's price would look like a rise.
    assert (card.room, price.room) == ("shop.example/tea?id=1",) * 2
    picture = decoded(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG")
    assert picture.problems[0].reason == "no page: image/png"


def test_the_same_page_seen_again_is_another_observation() -> None:
    one, again, later = (decoded(json_ld(TEA), at).events[1].id for at in (AT, AT, AT + 1))
    assert one == again != later


def test_a_page_without_markup_and_one_without_end_say_so() -> None:
    assert decoded(b"<html><body>89.90</body></html>").skipped == {"page without a product": 1}
    long = decoded(b"<p>" + b"x" * MAX_PAGE)
    assert long.problems[0].reason == "a page of more than 2 MiB"


NESTED = '<div itemscope itemtype="https://schema.org/Product"><i itemprop="name">x</i>'
HOSTILE = {
    "items in items": NESTED.encode() * 5_000,
    "texts in texts": b"<div itemscope>" + b"<span itemprop=a>x" * 20_000,
    "items": (NESTED + "</div>").encode() * 20_000,
    "texts deep in items": b"<div itemscope>" * 7 + b"<i itemprop=a>x</i>" * 15_000,
    "texts referred to": b"<div id=a>"
    + b"<i itemprop=b>x</i>" * 2_000
    + b"</div>"
    + b'<div itemscope itemref="a a a a a a a a a a"></div>' * 50,
    "elements": b"<div>" * 100_000,
    "rdfa": b'<div vocab="http://schema.org/"><div typeof=Product property=a>' * 6_000,
    "references": json_ld(
        {"@graph": [{"@id": f"#{n}", "a": [{"@id": f"#{n + 1}"}] * 10} for n in range(40)]}
    ),
    "itself": json_ld({"@id": "#a", "@type": "Product", "offers": [{"@id": "#a"}] * 9}),
    "brackets": b'<script type="application/ld+json">' + b"[" * 100_000,
    "comments": b'<script type="application/ld+json">{' + b"/*" * 100_000 + b"</script>",
    "blocks": b'<script type="application/ld+json">{}</script>' * 30_000,
    "numbers": b'<script type="application/ld+json">{"@type":"Product","offers":{"price":1'
    + b"0" * 5_000
    + b',"priceCurrency":"CNY"}}</script>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_that_is_built_to_cost_much_costs_little(name: str) -> None:
    began = time.process_time()
    decoded(HOSTILE[name][:MAX_PAGE])
    assert time.process_time() - began < 5


texts = st.sampled_from(
    ["89.90", "CNY", "0", "¥1", "", "\x00", "Product", "Offer", "2026-09-01", "9" * 300, "#a"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["@id", "@type", "@graph", "@value", "offers", "price", "priceCurrency", "sku", "name",
             "hasVariant", "priceSpecification", "lowPrice", "highPrice", "availability", "seller",
             "validFrom", "eligibleQuantity", "referenceQuantity", "mainEntity", "brand"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=examples(200), deadline=None)
@given(values)
@pytest.mark.slow
def test_no_document_of_the_vocabulary_breaks_it(document: object) -> None:
    for shape in (
        document,
        {"@type": "Product", "offers": document},
        {**TEA, "offers": {"@type": "Offer", "priceSpecification": document}},
    ):
        decoded(json_ld(shape))


@pytest.mark.slow
@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(
    ["<div itemscope>", "<div itemscope itemtype='http://schema.org/Product'>", "<i itemprop=name>", "</div>", "</i>",
     "<div vocab='http://schema.org/' typeof=Product>", "<i property=price>", "89.9", "<meta property='og:type' content='product'>",
     "<head>", "<body>", "<html>", "<svg><a:b>", "\x00", "<script type='application/ld+json'>", "</script>", "&#xD800;",
     "<i itemprop=offers itemscope itemref='a b'>", "<p id=a>", "<base href='http://[::1'>", "<i resource='_:x' rel=offers>"]
), max_size=30))  # fmt: skip
def test_no_tags_break_it(tags: list[str]) -> None:
    decoded("".join(tags).encode())


@pytest.mark.samples
def test_the_real_pages_are_read_as_expected() -> None:
    folder = os.environ.get("LIVEWATCH_SAMPLES")
    if not folder:
        pytest.skip("set LIVEWATCH_SAMPLES to the folder of the real samples")
    pages = Path(folder) / "product_pages"
    found = {
        path.name: markup_of(path.read_bytes(), None, "") for path in sorted(pages.glob("*.html"))
    }
    assert len(found) == 4

    def told(thing: Any) -> Any:
        return {
            name: [
                told(value) if not isinstance(value, str) else " ".join(value.split())
                for value in values
            ]
            for name, values in thing.properties.items()
        }

    def expected(item: Any) -> Any:
        return {
            name: [
                expected(value) if isinstance(value, dict) else " ".join(value.split())
                for value in (values if isinstance(values, list) else [values])
            ]
            for name, values in item["properties"].items()
        }

    for name in ("product", "product-ref"):
        wanted = json.loads((pages / f"{name}.json").read_text())
        things = found[f"{name}.html"].syntaxes["microdata"]
        assert [told(thing) for thing in things] == [expected(item) for item in wanted]
    [wanted] = json.loads((pages / "opengraph_product_head.json").read_text())
    [graph] = found["opengraph_product_head.html"].syntaxes["Open Graph"]
    assert [[name, value] for name, [value] in graph.properties.items()] == wanted["properties"]
    for path in pages.glob("*.html"):
        out = decoded(path.read_bytes(), 1_600_000_000_000)
        [card] = out.events  # dollars: no price
        assert isinstance(card, Product)
        assert out.notes == ["a price in USD"]
        assert card.sku == ("fye.000000032429335302" if "graph" in path.name else "925872")
