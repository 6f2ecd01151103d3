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
