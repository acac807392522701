"""The pages about people: the doors, one's own account, and those who keep accounts."""
