"""The crowd family: chat that is scripted, orders and audiences that are made.

A module a rule: `scripted` (the same praise from many accounts, 电商法 第十七条), `transaction`
(orders that nobody would place like that) and `traffic` (an audience that does not behave like
one). `accounts` knows names from one template.
"""
