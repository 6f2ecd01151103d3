"""What an advertisement may not say, or must show: one rule for each article of 广告法.

Rules `state-organ-name` (9), `vulgar-orientation` (9), `cited-data` (11), `patent-honour-false`
(12), `ad-not-identifiable` (14), `drug-device-ad` (15, 16), `restricted-goods-ad` (20, 22, 23),
`edu-promise` (24), `investment-promise` (25) and `endorser-rule` (38).
"""
