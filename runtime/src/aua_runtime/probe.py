"""The health check of a container: `python -m aua_runtime.probe PORT` exits with 0 when the router is ready. Imports almost nothing."""

import http.client
import sys

from aua_runtime.contract.routes import READY

TIMEOUT_S = 2.0


def ready(port: int) -> bool:
    """Whether the router on this port of this machine says that it is ready."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", READY)
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if ready(int(sys.argv[1])) else 1)
