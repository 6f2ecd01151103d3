"""The prize family: sales with a prize (有奖销售), by lot.

A module a rule: `unclear` (what can be won, how many, on what conditions and when, is not told, or
is changed afterwards), `overcap` (a top prize above the cap), `rigged` (the winner was fixed, or
there never was a prize). `terms` compares what was announced with what holds later, `worth` reads
what a prize is worth.
"""
