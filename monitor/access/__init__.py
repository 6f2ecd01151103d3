"""Who may do what: people with their passwords and roles, sessions, tokens, and the journal of all that.

It knows the store, and nothing of HTTP: the pages and the check before each route are the desk's.
"""
