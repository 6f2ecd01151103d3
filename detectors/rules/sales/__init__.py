"""The sales family: what is said of sales and stock, against what the counters show.

A module a rule: `figure` (a sales figure above the counter, 反法 第九条) and `scarcity` (a last
piece that is not the last, 价格规定 第十九条). `wording` reads clauses, `shown` reads counters.
"""
