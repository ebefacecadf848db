"""The bell in Redis that wakes a worker; refuses to carry anything that matters: the row is the queue.

All workers listen to one and the same RQ queue, so that RQ takes jobs with BLMOVE. A bell is anonymous: a fixed or unique job
id would block itself for a year after one failed drain. A doubled or lost bell is harmless, the clock rings again.
"""

from typing import Final

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE: Final = "post"
_DRAIN: Final = "worker.jobs.drain"  # by its name: the clock does not import what sends
_ENOUGH: Final = 2


def redis_of(url: str) -> Redis:
    """A connection to Redis; nothing is sent yet."""
    return Redis.from_url(url, socket_connect_timeout=5, health_check_interval=30)


def queue_of(connection: Redis) -> Queue:
    """The one queue."""
    return Queue(QUEUE, connection=connection, serializer=JSONSerializer)


def ring(queue: Queue) -> None:
    """Ring unless enough bells are ringing already. Raises RedisError when Redis is away."""
    if queue.count < _ENOUGH:
        queue.enqueue(_DRAIN, ttl=15, result_ttl=0, failure_ttl=60, job_timeout=-1)
