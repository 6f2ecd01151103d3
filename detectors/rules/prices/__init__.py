"""The price family: what a price is compared with, how it moves, and what is promised about it.

A module a rule: `reference` (a compared price that was never charged), `raised` (raised first,
then cut), `promise` (an end that does not come), `settle` (shown low, settled high), `swing`
(a statistical signal). `compared` is what the first two share: each sight of a price beside a reference,
`comparison` how long it has stood; `course` asks what was shown and when. `conditions` tells
a price for everybody from one with conditions. `guarantee` follows what is promised of a price,
`unmarked` looks for what is not marked, `rumour` for talk of prices that will
rise, `elsewhere` for comparisons with others, `gift` for what comes with the goods,
`hidden` for conditions that are told late.
"""
