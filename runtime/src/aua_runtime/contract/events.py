"""Names of the server-sent events on `POST /query/stream`, in the order in which they come."""

ROUTE = "route"  # which specialists are asked, and why
CANDIDATE = "candidate"  # one specialist's whole answer, where several are compared or one is checked first
VERDICT = "verdict"  # what the arbiter decided
DELTA = "delta"  # the next piece of an answer that is relayed as it comes
ANSWER = "answer"  # the answer, complete, with its score
ERROR = "error"  # the request failed; nothing follows

EVENTS = (ROUTE, CANDIDATE, VERDICT, DELTA, ANSWER, ERROR)
