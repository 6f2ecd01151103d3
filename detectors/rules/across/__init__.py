"""What one room cannot show: scripts, rumours, crowds and operators that are in many rooms.

Rules `shared-script` (one wording in the rooms of different parties), `price-hike-rumour-spread`
(the rumour of 价格法 14(3) in five rooms within a day), `operator-cluster` (one operator behind many
rooms), `shared-crowd` (the same accounts buy or praise in several rooms of one operator, or again
together) and `shared-praise` (other accounts praise in the same words there). Each has a half in the
rooms, which gives clues, and one over the clues of all rooms (`detectors.across`).
"""
