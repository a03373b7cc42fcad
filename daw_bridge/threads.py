"""Work side by side where it is ours to share out, and one thread where it is not."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

_here = threading.local()


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, "daw-bridge", initializer=lambda: setattr(_here, "busy", True))


def in_parallel(work: Callable[[Item], T], items: Sequence[Item]) -> list[T]:
    """The results of `work` on the items, in their order; what decodes, filters and transforms lets go of Python.

    The items must not share what `work` changes. Inside of such work everything runs in turn, so that no thread
    waits for another one of the same pool. Raises what `work` raises, on the first item that does.
    """
    if len(items) < 2 or getattr(_here, "busy", False):
        return [work(item) for item in items]
    return list(_pool().map(work, items))


def one_blas_thread(work: Callable[P, T]) -> Callable[P, T]:
    """Decorates a function that works with one thread for BLAS.

    Our matrices are small: more threads only wait for each other (13 times the processor time, measured on two
    busy cores), and no result may depend on how many there are.
    """

    @functools.wraps(work)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with threadpool_limits(limits=1, user_api="blas"):
            return work(*args, **kwargs)

    return limited
