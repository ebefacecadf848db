"""What belongs to the house: settings, pages, support lines, opening, colleagues, the trail; refuses to show a secret."""
