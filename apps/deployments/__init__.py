"""What runs where, since when, under which approval. It knows nothing of what becomes of the predictions."""
