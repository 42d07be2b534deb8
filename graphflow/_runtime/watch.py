"""Programs that may never end: a loop whose condition nothing is known of.

XLA cannot be interrupted, and Python sees no signal while it waits for it. So such a program runs in a thread of its own, and the
run waits for that in a way that Ctrl-C and a time limit end. The abandoned thread computes on until its loop ends or the process
does; nothing that it was given is lost, since nothing was donated to it.
"""

from __future__ import annotations

import threading

import jax

from graphflow._runtime import config

_LOOK = 0.05  # seconds between two looks at the time limit


def call(function, *args):
    """function(*args) in a thread of its own.

    Raises:
        DeadlineExceededError, KeyboardInterrupt: the wait was given up; the function may run on. Else what the function raises.
    """
    done, errors, device = threading.Event(), [], jax.config.jax_default_device

    def work():
        try:
            with jax.default_device(device):
                function(*args)
        except BaseException as err:
            errors.append(err)
        finally:
            done.set()

    threading.Thread(target=work, name="graphflow loop", daemon=True).start()
    while not done.wait(_LOOK):
        config.check_time()
    if errors:
        raise errors[0]
