"""What went out and what will, by month, week and day; refuses to count: the store does."""
