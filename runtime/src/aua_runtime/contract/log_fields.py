"""Every line that the router logs, and every field on it: nothing else is written, and nothing here is left out.

What a field may hold follows from its kind, and no kind takes what a client or a model server wrote, but `content`, which is written only
where `observability.logging.prompts` asks for it. So a secret has no way into the log, wherever it was sent.
"""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

Kind = Literal["time", "level", "name", "id", "number", "truth", "address", "place", "text", "content"]
"""What a value may be.

`name`: of a closed set - names of the plan, words and codes of this contract. `id`: letters, digits and `._:-`, at most 128 of them.
`address`: an IP address. `place`: a file of ours with a line, or the name of a class. `text`: of the router itself or of the operator's own
files. `content`: a question or an answer.
"""

KINDS: tuple[Kind, ...] = ("time", "level", "name", "id", "number", "truth", "address", "place", "text", "content")

LINE_BYTES = 4096
"""No line is longer, its end included: so many bytes go through a pipe in one piece, whoever else writes to it (PIPE_BUF of Linux)."""
TEXT_CHARACTERS = 1000
"""Of a `text`."""
CALL_LINES = 8
"""Of one request's calls to specialists, so many get a line of their own."""
REQUEST_LINES = CALL_LINES + 4
"""The most lines that one request may cause: its calls', `query` or `request_failed`, `internal_error`, `question` and `answer`."""


@dataclass(frozen=True, slots=True)
class LogField:
    """A field of log lines."""

    name: str
    kind: Kind
    meaning: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A kind of line. Where `burst` is set, more than so many alike within BURST_S are counted and told once."""

    name: str
    level: Literal["debug", "info", "warning", "error"]
    message: str
    fields: tuple[LogField, ...] = ()
    burst: int | None = None


BURST_S = 10.0
"""Lines are alike when they have the same event and the same names on them."""

TIMESTAMP = LogField("timestamp", "time", "When the line was made, UTC.")
LEVEL = LogField("level", "level", "`debug`, `info`, `warning` or `error`.")
EVENT = LogField("event", "name", "What happened: a name of the table above.")
MESSAGE = LogField("message", "text", "The same in words; always the same for an event.")
WORKER = LogField("worker", "number", "Which of several processes wrote the line; absent where there is one.")
COMMON = (TIMESTAMP, LEVEL, EVENT, MESSAGE, WORKER)
"""Of every line."""

REQUEST_ID = LogField("request_id", "id", "The request's id, the client's own where it sent one.")
TRACE_ID = LogField("trace_id", "id", "The trace it belongs to.")
SESSION_ID = LogField("session_id", "id", "The session it belongs to.")
OUTCOME = LogField("outcome", "name", "How it ended: answered, abstained, failed, rejected or cancelled.")
CODE = LogField("code", "name", "The code of the error, where there was one.")
STATUS = LogField("status", "number", "The HTTP status.")
ROUTE = LogField("route", "name", "The route that was asked, as the API names it; absent for a path that is none.")
FIELD = LogField("field", "name", "The field that the request was taken to belong to.")
MODE = LogField("mode", "name", "How it was answered: single, checked or fanout.")
SPECIALIST = LogField("specialist", "name", "Who answered, or was called.")
CONFIDENCE = LogField("confidence", "number", "The classifier's probability of the field.")
UTILITY = LogField("utility_score", "number", "The utility of the answer.")
VERDICT = LogField("verdict", "name", "The arbiter's last verdict.")
CONTRADICTION = LogField("contradiction", "truth", "Whether the answers that were compared contradict each other.")
CLIENT = LogField("client", "address", "Where the request came from.")
CALLS = LogField("calls", "number", "How many calls to specialists it took.")
LATENCY = LogField("latency_ms", "number", "How long it took, in milliseconds.")
PLACE = LogField("where", "place", "Where in our code it happened.")
ERROR = LogField("error", "place", "The class of the error.")
CONTENT = LogField("content", "content", "The question or the answer, cut where it does not fit a line.")
CUT = LogField("cut", "truth", "Whether it was cut.")
PLAN = LogField("plan", "id", "The digest of the plan.")
PUBLIC = LogField("public", "text", "Where the public listener listens.")
MANAGEMENT = LogField("management", "text", "Where the management listener listens.")
SECONDS = LogField("seconds", "number", "For how long, in seconds.")
FAULTS = LogField("faults", "text", "What is wrong.")
APPLY = LogField("apply", "name", "What has to be done instead: mend or rolling_restart.")
RESULT = LogField("result", "name", "What became of it: a word for each event.")
DETAIL = LogField("detail", "text", "What there is to know.")
OF = LogField("of", "name", "The event of the lines that were left out.")
TIMES = LogField("times", "number", "How many there were.")
PROCESS = LogField("process", "number", "The number of the worker that ended.")
WEBHOOK = LogField("webhook", "text", "The name of a webhook.")
NOTICE = LogField("notice", "text", "What it was to tell.")
EXIT = LogField("exit", "number", "Its exit code; below 0 the signal that ended it.")

_IDS = (REQUEST_ID, TRACE_ID)

QUERY = LogEvent(
    "query",
    "info",
    "A request for an answer ended.",
    (
        *(*_IDS, SESSION_ID, ROUTE, OUTCOME, CODE, FIELD, CONFIDENCE, MODE, SPECIALIST),
        *(UTILITY, VERDICT, CONTRADICTION, CALLS, LATENCY, CLIENT),
    ),
)
QUESTION = LogEvent("question", "info", "What was asked.", (*_IDS, CONTENT, CUT))
ANSWER = LogEvent("answer", "info", "What was answered.", (*_IDS, CONTENT, CUT))
REQUEST_FAILED = LogEvent(
    "request_failed", "info", "A request was refused before it was one for an answer.", (*_IDS, ROUTE, CODE, STATUS, CLIENT), burst=50
)
CALL = LogEvent("call", "debug", "A call to a specialist ended.", (*_IDS, SPECIALIST, CODE, STATUS, LATENCY))
CALL_FAILED = LogEvent("call_failed", "warning", "A call to a specialist failed.", CALL.fields, burst=5)
INTERNAL_ERROR = LogEvent(
    "internal_error", "error", "The router failed; this is a fault of its own.", (*_IDS, ROUTE, ERROR, PLACE), burst=5
)
SERVER_UP = LogEvent("server_up", "info", "A model server is reached again.", (SPECIALIST,), burst=5)
SERVER_DOWN = LogEvent("server_down", "warning", "A model server is not reached.", (SPECIALIST,), burst=5)
STARTED = LogEvent("started", "info", "The router answers.", (PUBLIC, MANAGEMENT, PLAN))
CANNOT_START = LogEvent("cannot_start", "error", "The router cannot start.", (DETAIL,))
SQLITE_DEFECT = LogEvent("sqlite_defect", "warning", "The SQLite library has a known defect.", (DETAIL,))
DRAINING = LogEvent("draining", "info", "The router finishes what is open and stops.", (SECONDS,))
STOPPED = LogEvent("stopped", "info", "The router has stopped.")
RELOADED = LogEvent("reloaded", "info", "Settings were read again.", (RESULT, PLAN))
RELOAD_REFUSED = LogEvent("reload_refused", "error", "Settings were refused; the old ones stay.", (FAULTS, APPLY), burst=5)
WORKER_ENDED = LogEvent("worker_ended", "warning", "A worker ended, and is started again.", (PROCESS, EXIT))
WEBHOOK_LOST = LogEvent("webhook_lost", "warning", "A webhook's message was not taken.", (WEBHOOK, NOTICE, RESULT), burst=20)
SPANS_LOST = LogEvent("spans_lost", "warning", "Spans are lost: their collector does not take them.", (RESULT,))
SPANS_EXPORTED = LogEvent("spans_exported", "info", "The collector takes spans again.", (RESULT,))
REPEATED = LogEvent("repeated", "warning", "More lines of this kind were left out.", (OF, SPECIALIST, CODE, ROUTE, ERROR, PLACE, TIMES))
LINES_LOST = LogEvent("lines_lost", "warning", "Lines were lost: nobody took them in time.", (TIMES,))

EVENTS = (
    QUERY,
    QUESTION,
    ANSWER,
    REQUEST_FAILED,
    CALL,
    CALL_FAILED,
    INTERNAL_ERROR,
    SERVER_UP,
    SERVER_DOWN,
    STARTED,
    CANNOT_START,
    SQLITE_DEFECT,
    DRAINING,
    STOPPED,
    RELOADED,
    RELOAD_REFUSED,
    WORKER_ENDED,
    WEBHOOK_LOST,
    SPANS_LOST,
    SPANS_EXPORTED,
    REPEATED,
    LINES_LOST,
)

LOG_FIELDS = tuple(dict.fromkeys((*COMMON, *(field for event in EVENTS for field in event.fields))))
