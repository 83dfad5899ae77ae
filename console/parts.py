"""The parts of the application that routes ask for by type."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from projections.reports import Reports


async def _reports(request: Request) -> Reports:
    reports: Reports = request.app.state.reports
    return reports


async def _clock_ms(request: Request) -> Callable[[], int]:
    clock_ms: Callable[[], int] = request.app.state.clock_ms
    return clock_ms


async def _random(request: Request) -> Callable[[int], bytes]:
    random: Callable[[int], bytes] = request.app.state.random
    return random


ReportsOf = Annotated[Reports, Depends(_reports)]
ClockMs = Annotated[Callable[[], int], Depends(_clock_ms)]
Random = Annotated[Callable[[int], bytes], Depends(_random)]
