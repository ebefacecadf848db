"""The only module of the web room that talks to Redis; refuses to wait for it longer than two seconds."""

import redis


def ping(url: str) -> bool:
    """Whether Redis answers at this address."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError, OSError):
        return False
