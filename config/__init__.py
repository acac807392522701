"""How the product is put together: settings from the environment, addresses, processes. Rooms know nothing of it."""
