"""Template tags of the house: how figures read (format), how parts look (look), what is drawn (charts)."""
