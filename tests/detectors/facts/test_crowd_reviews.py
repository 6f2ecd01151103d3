"""The reviews that the crowd's book remembers."""

from __future__ import annotations

from detectors.facts.crowd import Crowd
from detectors.facts.crowd.reviews import MAX_REVIEWS
from tests.detectors.build import event
from tests.detectors.facts.test_crowd import bodies, restored


def review(name, t, phase="present", **fields):
    return event("review", t, review=name, phase=phase, **fields)


def test_a_review_is_known_as_it_was_last_seen():
    crowd = Crowd()
    crowd.take(review("r1", 1, sku="A", rating=1, text="掉色"))
    crowd.take(review("r1", 2, text=None))
    crowd.take(review("r2", 3, phase="gone"))
    (seen,) = crowd.reviews.of("A")
    assert (seen.rating, seen.text, seen.seen_at - seen.first.at) == (1, "掉色", 1_000)
    crowd.take(review("r1", 4, phase="gone"))
    assert seen.gone is not None
    crowd.take(review("r1", 5, rating=5))
    assert (seen.gone, seen.rating) == (None, 5)
    assert list(crowd.reviews.known) == ["r1"]


def test_the_latest_are_kept_and_come_back_after_a_restart():
    crowd = Crowd()
    for number in range(MAX_REVIEWS + 1):
        crowd.take(review(f"r{number}", number, sku="A", rating=5))
    crowd.take(review("r1", 1_000))
    crowd.take(review("r700", 1_001))
    assert len(crowd.reviews.known) == MAX_REVIEWS
    assert {"r1"} == {"r0", "r1", "r2"} & crowd.reviews.known.keys()
    assert "reviews" in crowd.take_changes()
    assert "reviews" not in crowd.take_changes()
    back = restored(bodies(crowd))
    assert list(back.reviews.known.items()) == list(crowd.reviews.known.items())


def test_a_review_knows_the_earliest_one_in_nearly_the_same_words():
    crowd = Crowd()
    first = "这口锅越用越顺手，邻居都问哪买的"
    crowd.take(review("r1", 1, sku="A", rating=5, text=first))
    crowd.take(review("r2", 2, sku="A", rating=5, text=first + "呀！"))
    crowd.take(review("r3", 3, sku="A", rating=5, text="这口锅太沉了单手端不动，别的都还行"))
    crowd.take(review("r4", 4, sku="B", rating=5, text=first))
    crowd.take(review("r5", 5, sku="A", rating=5, text="好用"))
    crowd.take(review("r6", 6, sku="A", rating=5, text="好用"))
    copied = {name: seen.copied for name, seen in crowd.reviews.known.items()}
    assert copied == {"r1": "", "r2": "r1", "r3": "", "r4": "", "r5": "", "r6": ""}
    # What it says later is another matter.
    crowd.take(review("r3", 7, sku="A", rating=5, text=first))
    assert crowd.reviews.known["r3"].copied == ""
