"""The story of two models, played over HTTP by the people who would live it. Knows the product by its API alone."""
