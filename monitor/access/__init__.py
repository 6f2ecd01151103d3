"""Who may do what: people with their passwords and roles, sessions, tokens, and the journal of all that.

It knows the store; of HTTP it knows only how to ask a provider of OpenID Connect. The pages and the
check before each route are the desk's.
"""
