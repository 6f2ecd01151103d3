"""Makes what is learned offline from the labelled texts: models and tables that ship with the core."""
