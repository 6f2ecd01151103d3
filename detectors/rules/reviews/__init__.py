"""Reviews made to disappear. `paid-positive-review` is frames of its entry."""
