"""Every span that a traced router exports: name, kind, when it is open, attributes, events. Nothing else is exported.

Attributes without the prefix `aua.` are OpenTelemetry's, in the meaning that its conventions of SEMANTIC_CONVENTIONS give them. That is the
last release that holds those for generative AI; their successor, a repository of its own, has no release yet.
"""

from typing import Literal

from aua_runtime.contract.frozen import dataclass

SEMANTIC_CONVENTIONS = "1.41.0"
SCHEMA_URL = f"https://opentelemetry.io/schemas/{SEMANTIC_CONVENTIONS}"
TRACES_PATH = "/v1/traces"
"""Below an OTLP endpoint over HTTP (OTLP 1.x, section "OTLP/HTTP Request")."""

AttributeType = Literal["string", "int", "double", "boolean", "string[]"]
Kind = Literal["server", "client", "internal"]
Stage = Literal["route", "classify", "call", "score", "arbitrate", "judge", "safety", "respond", "settle"]
"""The stages of a request's lifecycle that have a span of their own; its name is the stage's."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its name, the type of its value, and what that says. `content` marks what people typed or read."""

    name: str
    type: AttributeType
    meaning: str
    content: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at one moment of a span."""

    name: str
    meaning: str
    attributes: tuple[Attribute, ...] = ()


@dataclass(frozen=True, slots=True)
class SpanForm:
    """One kind of span. Words in braces stand for the values of attributes."""

    name: str
    kind: Kind
    meaning: str
    attributes: tuple[Attribute, ...] = ()
    events: tuple[Event, ...] = ()


# --- of the process that exports

SERVICE_NAME = Attribute("service.name", "string", "The project's name.")
SERVICE_VERSION = Attribute("service.version", "string", "The version of aua-runtime.")
SERVICE_INSTANCE = Attribute("service.instance.id", "string", "Drawn at the start of each process; the workers of one router differ in it.")
SDK_NAME = Attribute("telemetry.sdk.name", "string", "`aua_runtime`.")
SDK_LANGUAGE = Attribute("telemetry.sdk.language", "string", "`python`.")
SDK_VERSION = Attribute("telemetry.sdk.version", "string", "The version of aua-runtime.")
RESOURCE = (SERVICE_NAME, SERVICE_VERSION, SERVICE_INSTANCE, SDK_NAME, SDK_LANGUAGE, SDK_VERSION)

# --- of OpenTelemetry

ERROR_TYPE = Attribute("error.type", "string", "The error code (`AUA_...`), or `cancelled` where the client left or another call won.")
METHOD = Attribute("http.request.method", "string", "The request's method.")
STATUS = Attribute("http.response.status_code", "int", "The status of the response, where there was one.")
ROUTE_TEMPLATE = Attribute("http.route", "string", "The path of the route; absent where there is no such route.")
URL_PATH = Attribute("url.path", "string", "The same: what a client typed beyond the routes stays out of spans.")
URL_SCHEME = Attribute("url.scheme", "string", "`http`: TLS ends before the router.")
SERVER_ADDRESS = Attribute("server.address", "string", "The name or address of the model server.")
SERVER_PORT = Attribute("server.port", "int", "Its port.")
RESENDS = Attribute(
    "http.request.resend_count", "int", "How many calls for the same answer went to this specialist before; absent for the first."
)
OPERATION = Attribute("gen_ai.operation.name", "string", "`chat`, `text_completion` or `embeddings`.")
PROVIDER = Attribute("gen_ai.provider.name", "string", "What the server speaks: `vllm`, `ollama`, `llamacpp`, `sglang` or `openai`.")
REQUEST_MODEL = Attribute("gen_ai.request.model", "string", "The model's name at its server.")
REQUEST_STREAM = Attribute("gen_ai.request.stream", "boolean", "True for a streamed answer; else absent.")
MAX_TOKENS = Attribute("gen_ai.request.max_tokens", "int", "`max_tokens` or `max_completion_tokens` of the request, where given.")
TEMPERATURE = Attribute("gen_ai.request.temperature", "double", "`temperature` of the request, where given.")
TOP_P = Attribute("gen_ai.request.top_p", "double", "`top_p` of the request, where given.")
CONVERSATION = Attribute("gen_ai.conversation.id", "string", "The session, where the client named one.")
RESPONSE_ID = Attribute("gen_ai.response.id", "string", "The answer's id, as its server gave it.")
RESPONSE_MODEL = Attribute("gen_ai.response.model", "string", "The model that answered, as its server names it.")
FINISH_REASONS = Attribute("gen_ai.response.finish_reasons", "string[]", "Why the answer ended.")
FIRST_CHUNK = Attribute("gen_ai.response.time_to_first_chunk", "double", "Seconds to the first content of a streamed answer.")
INPUT_TOKENS = Attribute("gen_ai.usage.input_tokens", "int", "Tokens read, as the server reported them.")
OUTPUT_TOKENS = Attribute("gen_ai.usage.output_tokens", "int", "Tokens written, as the server reported them.")
INPUT_MESSAGES = Attribute(
    "gen_ai.input.messages", "string", "The conversation as JSON. Only with `observability.tracing.content`.", content=True
)
OUTPUT_MESSAGES = Attribute(
    "gen_ai.output.messages", "string", "The answer as JSON. Only with `observability.tracing.content`.", content=True
)

# --- our own

REQUEST_ID = Attribute("aua.request_id", "string", "The request's id, as in the log and in the header `x-request-id`.")
PLAN_DIGEST = Attribute("aua.plan_digest", "string", "The digest of the plan that answered.")
OUTCOME = Attribute("aua.outcome", "string", "How the request ended, as in the metric `aua_query_total`.")
FIELD = Attribute("aua.field", "string", "The field that the request was taken to belong to.")
MODE = Attribute("aua.mode", "string", "`single`, `checked` or `fanout`.")
REASON = Attribute("aua.route.reason", "string", "Why this route was taken, as `POST /route` tells it.")
PROBABILITY = Attribute(
    "aua.classifier.probability", "double", "The classifier's probability of that field; absent where it was not asked."
)
ASKED = Attribute("aua.specialists", "string[]", "The specialists that the route names.")
SPECIALIST = Attribute("aua.specialist", "string", "The specialist, the arbiter's model included.")
CALL_REASON = Attribute("aua.call.reason", "string", "`first`, or `retry`, `hedge` or `fallback` after another call.")
COST = Attribute("aua.cost_micro", "int", "What the call cost, in millionths of the currency; absent without a price.")
UTILITY = Attribute("aua.utility", "double", "Utility U of the answer.")
EFFICACY = Attribute("aua.utility.efficacy", "double", "Its efficacy E.")
CONFIDENCE = Attribute("aua.utility.confidence", "double", "Its confidence C; absent where nothing is known of it.")
CURIOSITY = Attribute("aua.utility.curiosity", "double", "Its curiosity K.")
CHECKS_PASSED = Attribute("aua.checks.passed", "int", "Checks that the answer passed; absent where there was nothing to check.")
CHECKS_FAILED = Attribute("aua.checks.failed", "int", "Checks that it failed; likewise.")
VERDICT = Attribute("aua.verdict", "string", "The arbiter's word: `a`, `b`, `both` or `neither`.")
BASIS = Attribute("aua.verdict.basis", "string", "What decided: `checks`, `judge`, `welfare` or `score`.")
VERDICT_CONFIDENCE = Attribute("aua.verdict.confidence", "double", "How sure the verdict is.")
ABSTENTION = Attribute("aua.abstention.reason", "string", "Why the router gave no answer; absent where it gave one.")
WAIT = Attribute("aua.wait_s", "double", "Seconds.")

FIRST_TOKEN = Event("aua.first_token", "The first content of a streamed answer has come.")
RETRY = Event("aua.retry", "A call failed and will be repeated after a pause.", (SPECIALIST, ERROR_TYPE, WAIT))
QUEUED = Event("aua.queued", "A call had to wait for a place at its specialist, and has it.", (SPECIALIST, WAIT))
RESTING = Event("aua.resting", "A specialist was passed over: its breaker is open.", (SPECIALIST,))

SERVER = SpanForm(
    "{http.request.method} {http.route}",
    "server",
    "One request, from when it was read to when its answer was sent and recorded. For a request that was refused at once a single moment.",
    (
        METHOD,
        ROUTE_TEMPLATE,
        URL_PATH,
        URL_SCHEME,
        STATUS,
        ERROR_TYPE,
        CONVERSATION,
        REQUEST_ID,
        PLAN_DIGEST,
        OUTCOME,
        FIELD,
        MODE,
        SPECIALIST,
        UTILITY,
        ABSTENTION,
    ),
)
CLIENT = SpanForm(
    "{gen_ai.operation.name} {gen_ai.request.model}",
    "client",
    "One call to a model server: the first, a retry, a hedge or a fallback; of a streamed answer until its end.",
    (
        OPERATION,
        PROVIDER,
        REQUEST_MODEL,
        REQUEST_STREAM,
        MAX_TOKENS,
        TEMPERATURE,
        TOP_P,
        CONVERSATION,
        SERVER_ADDRESS,
        SERVER_PORT,
        RESENDS,
        STATUS,
        ERROR_TYPE,
        RESPONSE_ID,
        RESPONSE_MODEL,
        FINISH_REASONS,
        FIRST_CHUNK,
        INPUT_TOKENS,
        OUTPUT_TOKENS,
        INPUT_MESSAGES,
        OUTPUT_MESSAGES,
        SPECIALIST,
        CALL_REASON,
        COST,
        UTILITY,
        EFFICACY,
        CONFIDENCE,
        CURIOSITY,
        CHECKS_PASSED,
        CHECKS_FAILED,
    ),
    (FIRST_TOKEN,),
)

_IN_STAGES: dict[Stage, tuple[str, tuple[Attribute, ...], tuple[Event, ...]]] = {
    "route": ("Choosing who answers.", (FIELD, MODE, REASON, PROBABILITY, ASKED), ()),
    "classify": ("Finding the field; only where the request names no model.", (FIELD, PROBABILITY), ()),
    "call": ("Calling specialists; a streamed answer reaches the client meanwhile.", (), (RETRY, QUEUED, RESTING)),
    "score": ("Checking and scoring the answers.", (), ()),
    "arbitrate": ("Deciding between answers, or whether one may be given.", (VERDICT, BASIS, VERDICT_CONFIDENCE), ()),
    "judge": ("Asking the judge model, twice where two answers are compared.", (), (RETRY, QUEUED, RESTING)),
    "safety": ("Deciding whether the answer is withheld.", (), ()),
    "respond": ("Sending what is left of the answer to the client.", (), ()),
    "settle": ("Counting the request and handing its rows to the state store.", (), ()),
}
STAGES: dict[Stage, SpanForm] = {
    name: SpanForm(name, "internal", meaning, (*attributes, ERROR_TYPE), events)
    for name, (meaning, attributes, events) in _IN_STAGES.items()
}
SPANS = (SERVER, *STAGES.values(), CLIENT)
