"""Two pieces of work in two threads, one in the midst of the other; nothing waits for a time."""

import threading

from tests.waiting import PATIENCE


class Watched:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self, lock, waits):
        self.lock, self.waits = lock, waits

    def acquire(self):
        if not self.lock.acquire(blocking=False):
            self.waits.set()
            self.lock.acquire()

    def release(self):
        self.lock.release()

    def __enter__(self):
        self.acquire()

    def __exit__(self, *_):
        self.release()


class Beside:
    """Two pieces of work: the first stops at its :meth:`stop` until the second is done or waits."""

    def __init__(self):
        self.settled, self.stopped = threading.Event(), threading.Event()
        self._first = None

    def stop(self):
        """Called within the first work, and by whoever comes there besides."""
        if threading.current_thread() is self._first and not self.stopped.is_set():
            self.stopped.set()
            assert self.settled.wait(PATIENCE)

    def run(self, first, second):
        def both():
            second()
            self.settled.set()

        threads = [threading.Thread(target=first), threading.Thread(target=both)]
        self._first = threads[0]
        threads[0].start()
        assert self.stopped.wait(PATIENCE)
        threads[1].start()
        for thread in threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
