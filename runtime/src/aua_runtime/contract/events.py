"""Names of the server-sent events on `POST /query/stream`, in the order in which they first come."""

START = "start"  # the request's ids and the plan's digest
ROUTE = "route"  # which specialists are asked, and why
SPECIALIST_START = "specialist_start"  # one of them is asked
CHUNK = "chunk"  # the next piece of the answer; all of them together are its text
SPECIALIST_DONE = "specialist_done"  # one specialist's whole answer, with its score where several are compared or one is checked first
ARBITER = "arbiter"  # what the arbiter decided
DONE = "done"  # the answer, complete, and how it was decided; nothing follows
ERROR = "error"  # the request failed; nothing follows

EVENTS = (START, ROUTE, SPECIALIST_START, CHUNK, SPECIALIST_DONE, ARBITER, DONE, ERROR)
