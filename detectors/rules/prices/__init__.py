"""The price family: what a price is compared with, how it moves, and what is promised about it.

A module a rule: `reference` (a compared price that was never charged), `raised` (raised first, then cut),
`promise` (an end that does not come), `settle` (shown low, settled high), `swing` (a statistical signal),
`guarantee` (a promised price that fell), `unmarked` (no price, name or unit), `rumour` (prices that will
rise), `elsewhere` (cheaper than others), `gift` (what comes with the goods), `hidden` (conditions told
late). Beside them: what a room remembers (`promise_state`, `swing_state`, `comparison`, `announced`,
`owed`), what words and tags say (`ending`, `guaranteed`, `spoken`, `conditions`, `same`, `sold`), and what
was shown and when (`compared`, `look`, `course`).
"""
