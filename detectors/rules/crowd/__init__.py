"""The crowd family: chat that is scripted, orders and audiences that are made."""
