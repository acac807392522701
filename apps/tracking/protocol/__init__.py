"""MLflow's REST protocol as a door: its shapes, codes and manners over this room's own services.

It is plain Django, since a training loop waits for it: one read of the token, one typed reader a call, few queries.
"""
