"""Online values in Redis: a hash for each version of a view, a field for each key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from apps.core.errors import Unavailable
from apps.features.online.stores import Known, Row

CHUNK = 1_000
SECONDS = 2.0
AWAY = "The store of online values can't be reached. Try again in a moment."

# What was computed as of a later moment stays: the moment stands before the value, and is compared inside of Redis.
WRITE = """
for place = 2, #ARGV, 2 do
  local before = redis.call('HGET', KEYS[1], ARGV[place])
  if not before or tonumber(string.match(before, '^%d+')) <= tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], ARGV[place], ARGV[1] .. ' ' .. ARGV[place + 1])
  end
end
"""
REMOVE = """
for place = 2, #ARGV do
  local before = redis.call('HGET', KEYS[1], ARGV[place])
  if before and tonumber(string.match(before, '^%d+')) <= tonumber(ARGV[1]) then
    redis.call('HDEL', KEYS[1], ARGV[place])
  end
end
"""


class RedisStore:
    """Reads everything in one pipeline: one trip, however many views."""

    def __init__(self, url: str) -> None:
        import redis

        self._client = redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, decode_responses=True
        )
        self._write: Callable[..., Any] = self._client.register_script(WRITE)
        self._remove: Callable[..., Any] = self._client.register_script(REMOVE)

    def write(self, version: int, rows: Sequence[Row], as_of: int) -> None:
        with _reaching():
            for start in range(0, len(rows), CHUNK):
                said: list[Any] = [as_of]
                for row in rows[start : start + CHUNK]:
                    said += [row.key, json.dumps([row.event, row.created, row.content, row.mark])]
                self._write(keys=[_name(version)], args=said)

    def remove(self, version: int, keys: Sequence[str], as_of: int) -> None:
        with _reaching():
            for start in range(0, len(keys), CHUNK):
                self._remove(keys=[_name(version)], args=[as_of, *keys[start : start + CHUNK]])

    def marks(self, version: int) -> Iterator[tuple[str, str]]:
        with _reaching():
            for key, value in self._client.hscan_iter(_name(version), count=10_000):
                yield key, _read(version, key, value).row.mark

    def read(self, versions: Sequence[int], keys: Sequence[str]) -> Iterable[Known]:
        with _reaching():
            pipe = self._client.pipeline(transaction=False)
            for version in versions:
                pipe.hmget(_name(version), list(keys))
            answers = pipe.execute() if keys else []
        return [
            _read(version, key, value)
            for version, values in zip(versions, answers, strict=False)
            for key, value in zip(keys, values, strict=True)
            if value is not None
        ]

    def forget(self, version: int) -> None:
        with _reaching():
            self._client.unlink(_name(version))


def _name(version: int) -> str:
    return f"quaestor:features:{version}"


def _read(version: int, key: str, value: str) -> Known:
    as_of, _, said = value.partition(" ")
    event, created, content, mark = json.loads(said)
    return Known(version, Row(key, event, created, content, mark), int(as_of))


@contextmanager
def _reaching() -> Iterator[None]:
    import redis

    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise Unavailable(AWAY) from error
