"""Food: dates, labels, licences, and what may not be sold on air."""
