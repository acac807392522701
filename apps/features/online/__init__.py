"""The latest value of each feature by key: computed from a version of the source, kept in a store, read in one go.

A store is the database's own table, or Redis. Whatever is in it can be made again, so it is no governed row.
"""

from apps.features.online.stores import Known, Row, Store, store

__all__ = ["Known", "Row", "Store", "store"]
