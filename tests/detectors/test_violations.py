"""Every violation of the law's table has a rule, or says why events do not carry it."""

from __future__ import annotations

from detectors.pack.unseen import unseen_violations
from tests.detectors.build import rulebook

#: The table's ids, a line a focus area as far as they belong to one.
TABLE = """
fake-transaction fabricated-sales-figure fake-traffic fake-scarcity scripted-chat review-suppression
paid-positive-review operator-undisclosed seller-identity-mismatch ai-host-unlabelled
ai-impersonation false-claim claim-card-mismatch disparagement confusion prize-unclear
prize-over-cap prize-rigged pyramid-recruit off-platform-lure
absolute-term state-organ-name medical-claim health-food-claim cosmetic-medical drug-device-ad
cited-data investment-promise edu-promise restricted-goods-ad ad-not-identifiable endorser-rule
patent-honour-false vulgar-orientation
counterfeit-hint sanwu origin-false cert-false pass-off-quality prohibited-goods
food-no-licence food-label-missing food-date food-banned-13
false-original-price raise-then-cut compare-unfounded low-show-high-settle promo-rule-mismatch
price-promise-broken hidden-condition price-unmarked price-hike-rumour gift-value price-swing
complaint-surge no-replay evidence-tamper repeat-offender
"""
VIOLATIONS = TABLE.split()


def test_the_table_has_58_rows_of_which_one_has_two_ids():
    assert len(VIOLATIONS) == len(set(VIOLATIONS)) == 59


def test_every_violation_is_looked_for_or_says_why_not():
    rules = {rule.id for rule in rulebook()}
    unseen = {violation.id for violation in unseen_violations()}
    assert sorted(set(VIOLATIONS) - rules - unseen) == []


def test_what_is_looked_for_is_not_called_unseen():
    rules = {rule.id for rule in rulebook()}
    unseen = [violation.id for violation in unseen_violations()]
    assert sorted(rules.intersection(unseen)) == []
    assert len(unseen) == len(set(unseen))
    assert set(unseen) <= set(VIOLATIONS)
    for violation in unseen_violations():
        assert violation.reason, violation.id
        assert violation.needs, violation.id
