"""Feature views, point-in-time training sets, online values. Knows data by its versions, and no model that learns."""
