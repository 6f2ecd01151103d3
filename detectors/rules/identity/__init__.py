"""Who is behind a room: operator and seller as shown, their codes, and hosts that are no persons."""
