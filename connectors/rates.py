"""Limits requests to each host: a token bucket, and a pause when the host asks for one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.clock import Clock

__all__ = ["HostLimit", "HostRates"]

#: Hosts remembered; the one idle for longest is dropped first.
MAX_HOSTS = 1_000


class _Bucket:
    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self.per_s = per_s
        self.burst = burst
        self.full_at = now
        """When all tokens will be back, s; each token that is taken moves it on."""
        self.held_until = 0.0
        self.turn = asyncio.Lock()


class HostRates:
    """The buckets of all hosts of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    async def take(self, host: str, *, per_s: float, burst: int) -> None:
        """Returns when the host may be asked once more.

        Args:
            per_s: requests a second in the long run.
            burst: requests at once after a rest.
        """
        now = self._now()
        bucket = self._bucket(host, per_s, burst, now)
        bucket.full_at = max(bucket.full_at, now) + 1 / bucket.per_s
        ready = bucket.full_at - bucket.burst / bucket.per_s
        # Looked at again after each wait: meanwhile the host may have asked for silence.
        while (wait_s := max(ready, bucket.held_until) - self._now()) > 0:
            await self._clock.sleep(wait_s)

    @asynccontextmanager
    async def turn(self, host: str, *, per_s: float, burst: int) -> AsyncIterator[None]:
        """Waits as `take`, and holds the host's lock: no other `turn` asks it meanwhile."""
        async with self._bucket(host, per_s, burst, self._now()).turn:
            await self.take(host, per_s=per_s, burst=burst)
            yield

    def hold(self, host: str, seconds: float) -> None:
        """The host asked to be left alone (Retry-After)."""
        bucket = self._buckets.get(host)
        if bucket is not None:
            bucket.held_until = max(bucket.held_until, self._now() + seconds)

    def _now(self) -> float:
        return self._clock.now_ms() / 1000

    def _bucket(self, host: str, per_s: float, burst: int, now: float) -> _Bucket:
        bucket = self._buckets.pop(host, None)
        if bucket is None:
            bucket = _Bucket(per_s, burst, now)
        else:
            bucket.per_s, bucket.burst = per_s, burst
        self._buckets[host] = bucket
        if len(self._buckets) > MAX_HOSTS:
            self._buckets.popitem(last=False)
        return bucket


class HostLimit:
    """The rate of one host, for a source that asks it more than once a connection."""

    def __init__(self, rates: HostRates, host: str, *, per_s: float, burst: int) -> None:
        self._rates = rates
        self._host = host
        self._per_s = per_s
        self._burst = burst

    async def take(self, host: str | None = None) -> None:
        """Returns when the host may be asked once more; another host, where one is named."""
        await self._rates.take(host or self._host, per_s=self._per_s, burst=self._burst)

    @asynccontextmanager
    async def turn(self, host: str | None = None) -> AsyncIterator[None]:
        """As `take`, and holds the host's lock: no other `turn` asks the host meanwhile."""
        async with self._rates.turn(host or self._host, per_s=self._per_s, burst=self._burst):
            yield

    def hold(self, seconds: float, host: str | None = None) -> None:
        """The host is to be left alone for so long."""
        self._rates.hold(host or self._host, seconds)
