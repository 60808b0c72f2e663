"""Tells other programs what happens to a router: `watch` finds it in the metrics, `outgoing` gathers and sends it, `message` words it.

Nothing here is on the way of a request. Where several workers serve one router, the first of them tells, for all.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from aua_runtime.contract.labels import WEBHOOK_OUTCOMES
from aua_runtime.contract.metrics import WEBHOOKS
from aua_runtime.contract.notices import Facts
from aua_runtime.scraped import scraped
from aua_runtime.status.samples import parsed
from aua_runtime.webhooks.destination import destination_of
from aua_runtime.webhooks.outgoing import Outgoing
from aua_runtime.webhooks.watch import WATCHED, Watch

if TYPE_CHECKING:
    from aua_runtime.services import Services

LOOK_S = 2.0
"""Between two looks at the metrics."""
SHARE_OF_TIME = 100
"""A look never takes more than one part in so many of the time between two."""
FLUSH_S = 3.0
"""How long a router that stops goes on sending what waits."""


class Webhooks:
    """The webhooks of a router, and the task that looks for what they tell."""

    def __init__(self, services: "Services", environment: Mapping[str, str]) -> None:
        self._services = services
        self._watch = Watch()
        self._outgoing = [Outgoing(services, destination_of(one, environment)) for one in services.deployment.webhooks]
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look and to send."""
        for outcome in WEBHOOK_OUTCOMES:
            self._services.metrics.count(WEBHOOKS, outcome, by=0)
        for outgoing in self._outgoing:
            outgoing.start()
        self._tell("router_started", {})
        self._task = asyncio.create_task(self._looking())

    def draining(self) -> None:
        """Say that the router stops; it goes on sending while it drains."""
        self._tell("router_draining", {})

    async def close(self) -> None:
        """Send what waits for at most FLUSH_S, and stop."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await asyncio.gather(*(outgoing.close(FLUSH_S) for outgoing in self._outgoing))

    def _tell(self, name: str, facts: Facts) -> None:
        for outgoing in self._outgoing:
            outgoing.put(name, facts)

    async def _looking(self) -> None:
        services = self._services
        while True:
            began_s = services.clock()
            text = (await scraped(services, "prometheus")).decode()
            samples = parsed("\n".join(line for line in text.splitlines() if line.startswith(WATCHED)))
            for name, facts in self._watch.look(samples, began_s):
                self._tell(name, facts)
            await asyncio.sleep(max(LOOK_S, SHARE_OF_TIME * (services.clock() - began_s)))
