"""Names of HTTP headers, and which of them pass through the router in either direction."""

REQUEST_ID = "x-request-id"
TRACE_ID = "x-aua-trace-id"
SESSION_ID = "x-aua-session-id"
PLAN = "x-aua-plan"
FIELD = "x-aua-field"
SPECIALIST = "x-aua-specialist"
MODE = "x-aua-mode"
UPSTREAM_STATUS = "x-aua-upstream-status"
TRACEPARENT = "traceparent"
TRACESTATE = "tracestate"
RETRY_AFTER = "retry-after"

TO_UPSTREAM = frozenset({"accept-language", TRACESTATE})
"""Request headers of a client that reach a model server. Never `authorization` or `cookie`: they are the router's, not the model's."""

TO_CLIENT = frozenset(
    {"openai-processing-ms", "openai-version", "retry-after", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens"}
)
"""Response headers of a model server that reach the client."""
