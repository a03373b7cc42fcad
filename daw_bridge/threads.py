"""How many threads the linear algebra under numpy may use."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
T = TypeVar("T")


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
