"""Simulated evenings: ordinary crowds, campaigns of known kind and strength, and the truth.

Nothing here knows how the rules decide. A campaign is described by what the people behind it do
and by what enforcement cases have recorded of them; see `docs/simulation.md`.
"""
