"""What a room's events add up to, for the rules of several families: state and algorithms, no words."""
