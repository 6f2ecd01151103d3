"""Rules as documents: they name each other, give the same rules again, and are refused if changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest

from detectors.alerts import Alert
from detectors.lab.rerun import Rerun
from detectors.pack.definitions import Contents, as_data, contents_of, document
from detectors.pack.load import PackError, Rulebook, load_rulebook, rulebook_of
from tests.detectors.build import product, rulebook, speech

OWN = """
rules:
- id: bulk-liquor-age
  version: 1
  title: 散装白酒宣称年份
  title_en: Age of bulk liquor claimed
  focus: F5
  level: watch
  stage: trial
  status: unverified
  law: []
  kind: words
  words:
    find: [age]
    requires: [liquor]
    within: 10
    category: [alcohol]
    level: watch
    says: 宣称散装白酒的窖藏年份
  patterns: {age: [三十年], liquor: [原浆, 老酒]}
  thresholds: {tolerance: {value: 600, origin: engineering, note: 不用于判断}}
  cases:
  - {name: 年份, text: 这个三十年的原浆一桶九十九, category: alcohol, expect: [{level: watch}]}
  - {name: 不是年份, text: 这个三个月的原浆一桶九十九, category: alcohol, expect: []}
override:
- {id: absolute-term, reason: 本地试用, author: 王某, level: watch}
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    path = tmp_path_factory.mktemp("own") / "own.yaml"
    path.write_text(OWN, encoding="utf-8")
    return load_rulebook(own=[path]).only("bulk-liquor-age", "absolute-term")


def test_a_document_has_the_digest_of_its_bytes_and_the_list_names_all() -> None:
    book = rulebook()
    documents = book.documents()
    assert next(iter(documents)) == book.digest
    for digest, data in documents.items():
        assert hashlib.sha256(data).hexdigest() == digest
        assert b"\n" not in data
    contents = contents_of(book.digest, documents)
    assert set(contents.named) == set(documents) - {book.digest}
    assert set(contents.rules) == {rule.id for rule in book}


@pytest.mark.slow
def test_from_an_image_and_from_the_packs_the_digests_are_the_same() -> None:
    # The image has them; here they are made anew.
    built = load_rulebook()
    assert built.digest == rulebook().digest
    assert [as_data(rule.spec) for rule in rulebook()] == [as_data(rule.spec) for rule in built]


SAID = [
    product(-20, sku="A", title="原浆老酒", category="alcohol", status="explaining"),
    speech("这是三十年的老酒", 0, sku="A"),
    speech("这款酒全网第一", 9, sku="A"),
    speech("好的", 60),
]


def found(book: Rulebook) -> list[Alert]:
    run = Rerun(book)
    run.feed(SAID)
    return run.finish()


@pytest.mark.slow
def test_an_offices_rules_and_overrides_come_again_as_they_were(own: Rulebook) -> None:
    again = rulebook_of(own.digest, own.documents())
    assert again.digest == own.digest
    assert again["absolute-term"].spec.level == "watch"
    assert again.overrides["absolute-term"][0].author == "王某"
    one, other = found(own), found(again)
    assert [alert.rule for alert in one] == ["bulk-liquor-age", "absolute-term"]
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


@pytest.mark.slow
def test_what_was_changed_is_missing_or_unknown_is_refused(own: Rulebook) -> None:
    documents = own.documents()
    contents = contents_of(own.digest, documents)
    words = contents.rules["bulk-liquor-age"].slots
    with pytest.raises(PackError, match="missing or was changed"):
        rulebook_of(
            own.digest, documents | {words: documents[words].replace(b"\xe4\xb8", b"\xe4\xba")}
        )
    with pytest.raises(PackError, match="missing or was changed"):
        rulebook_of(own.digest, {one: data for one, data in documents.items() if one != words})
    with pytest.raises(PackError, match="no list of rules"):
        rulebook_of("0" * 64, documents)
    later = document(msgspec.structs.replace(contents, format="livewatch-rules/2"))
    digest = hashlib.sha256(later).hexdigest()
    with pytest.raises(PackError, match="of the format"):
        rulebook_of(digest, documents | {digest: later})
    # A member that a later version has, of whose meaning this one knows nothing.
    entry = documents[contents.rules["bulk-liquor-age"].pack][:-1] + b',"unknown":1}'
    named = hashlib.sha256(entry).hexdigest()
    rules = contents.rules | {
        "bulk-liquor-age": msgspec.structs.replace(contents.rules["bulk-liquor-age"], pack=named)
    }
    listed = document(msgspec.structs.replace(contents, rules=rules))
    digest = hashlib.sha256(listed).hexdigest()
    with pytest.raises(PackError, match="unknown"):
        rulebook_of(digest, documents | {digest: listed, named: entry})


@pytest.mark.slow
def test_another_word_is_another_list(own: Rulebook, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(OWN.replace("age: [三十年]", "age: [三十年, 五十年]"), encoding="utf-8")
    other = load_rulebook(own=[path]).only("bulk-liquor-age", "absolute-term")
    one: Contents = own.contents
    assert other.digest != own.digest
    assert other.contents.rules["absolute-term"] == one.rules["absolute-term"]
    assert other.contents.rules["bulk-liquor-age"] != one.rules["bulk-liquor-age"]
