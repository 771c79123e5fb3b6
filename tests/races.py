"""Several people in the same instant: each work in its own thread and connection, let go at once."""

import threading

from django.db import OperationalError, connection


def at_once(*works, errors: type[Exception] | tuple[type[Exception], ...]) -> list:
    """Results in order; an exception of `errors` is a result too. A deadlock or a lost thread fails the test."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def body(place, work):
        try:
            connection.ensure_connection()
            barrier.wait()
            results[place] = work()
        except errors as error:
            results[place] = error
        except OperationalError as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not any(result is None or isinstance(result, OperationalError) for result in results), results
    return results
