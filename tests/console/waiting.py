"""What is asked of coroutines, waited for."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def done(asked: Coroutine[Any, Any, Any]) -> Any:
    """What comes of it, in a thread of its own: a browser that is open keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()
