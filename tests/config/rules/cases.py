"""What each rule of `config.rules` refuses or warns of, and the nearest config that it lets pass. Each text lies over BASE."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aua_compile.diagnostic import Diagnostic

BASE = """\
specialists:
- {name: swe, field: software_engineering, model: qwen-coder-7b-awq}
- {name: math, field: mathematics, model: qwen-7b-awq}
"""
ARBITER = "arbiter: {model: qwen-3b-awq}\n"
AT = "https://a.example.org"


@dataclass(frozen=True, slots=True)
class Case:
    """A config and the one finding of `code` that it gives at `path`, whose message holds each of `says`. `near` gives no error at all."""

    code: str
    text: str
    near: str
    path: str
    says: tuple[str, ...] = ()
    tier: str = "single-4090"
    files: dict[str, str] = field(default_factory=dict)


def named(case: Case) -> str:
    """What a test of it is called."""
    return f"{case.code}-{case.path}"


def says_where_and_why(diagnostics: Iterable[Diagnostic], case: Case) -> bool:
    """Whether the one finding of the case's code is the one that it describes."""
    found = [finding for finding in diagnostics if finding.code == case.code]
    where = [finding.path for finding in found] == [case.path] and found[0].span is not None
    return where and bool(found[0].help) and all(word in found[0].message for word in case.says)


HOOK = "observability.webhooks.ops"


def told(address: str) -> str:
    """A webhook with that address."""
    return f"observability: {{webhooks: {{ops: {{{address}}}}}}}\n"


def swe(more: str = "", model: str = "qwen-coder-7b-awq") -> str:
    """The one specialist."""
    return f"specialists: [{{name: swe, field: software_engineering, model: {model}{', ' if more else ''}{more}}}]\n"


def both(first: str = "", second: str = "") -> str:
    """Two specialists."""
    return (
        f"specialists: [{{name: swe, field: software_engineering, model: qwen-coder-7b-awq{', ' if first else ''}{first}}},"
        f" {{name: math, field: mathematics, model: qwen-7b-awq{', ' if second else ''}{second}}}]\n"
    )


def remote(backend: str, more: str = "") -> str:
    """The one specialist, served by a backend of its own."""
    return f"backends: {{remote: {{{backend}}}}}\n" + swe(f"backend: remote{', ' if more else ''}{more}")


def at(url: str, more: str = "") -> str:
    """The one specialist, served at a URL."""
    return remote(f'kind: openai, base_url: "{url}"{", " if more else ""}{more}')


def header(text: str) -> str:
    """The one specialist, served by a backend with a header."""
    return at(AT, f"headers: {{{text}}}")


def own(entry: str) -> str:
    """The one specialist, with a model of the config's own."""
    return f"models: {{mine: {{{entry}}}}}\n" + swe(model="mine")


def risky(more: str) -> str:
    """High-risk answers that the arbiter must see."""
    return "safety: {high_risk_fields: [mathematics], require_arbiter_for_high_risk: true}\n" + more


def two_at_one_server(kind: str) -> str:
    """Two specialists with different models at one address."""
    return f"backends: {{remote: {{kind: {kind}}}}}\n" + both(
        "backend: remote, host: a.example.org", "backend: remote, host: a.example.org"
    )


SWE, URL, FIELD = "specialists[0]", "backends.remote.base_url", "fields[0]"
THIRDS = "efficacy: 0.2, confidence: 0.7, curiosity: 0.1"

NAMES = (
    Case("AUA0220", swe(model="qwen-coder-7b-awk"), swe(), f"{SWE}.model", ("`qwen-coder-7b-awk`",)),
    Case("AUA0220", swe("backend: vlm"), swe("backend: vllm"), f"{SWE}.backend", ("`vlm`",)),
    Case(
        "AUA0220",
        "prompts: {arbiter_template: arbiter_balanced_v2}\n",
        "prompts: {arbiter_template: arbiter_balanced_v1}\n",
        "prompts.arbiter_template",
        ("prompt",),
    ),
)

ROUTING = (
    Case(
        "AUA0230",
        "routing: {fanout_threshold: 0.45, single_threshold: 0.4}\n",
        "routing: {fanout_threshold: 0.4, single_threshold: 0.4}\n",
        "routing.fanout_threshold",
        ("0.45", "0.4."),
    ),
    Case("AUA0230", "routing: {single_threshold: 0.2}\n", "routing: {single_threshold: 0.3}\n", "routing.single_threshold", ("0.3", "0.2")),
    Case("AUA0231", "routing: {fanout_threshold: 0.51}\n", "routing: {fanout_threshold: 0.5}\n", "routing.fanout_threshold", ("0.51",)),
    Case(
        "AUA0231",
        "routing: {fanout_threshold: 0.6}\n",
        "routing: {fanout_threshold: 0.6, max_fanout: 1}\n",
        "routing.fanout_threshold",
        ("0.6", "0.5"),
    ),
    Case("AUA0231", "routing: {max_fanout: 4}\n", "routing: {max_fanout: 3}\n", "routing.max_fanout", ("at most 3", "0.3")),
    Case(
        "AUA0231",
        "routing: {single_threshold: 0.99}\n",
        "routing: {single_threshold: 0.98}\n",
        "routing.single_threshold",
        ("0.99", "0.987"),
    ),
    Case(
        "AUA0231",
        "safety: {min_confidence_for_direct_answer: 1}\n",
        "safety: {min_confidence_for_direct_answer: 0.9}\n",
        "safety.min_confidence_for_direct_answer",
    ),
    Case(
        "AUA0231",
        "fields: [{name: swe, confidence_threshold: 1}, mathematics]\n",
        "fields: [{name: swe, confidence_threshold: 0.95}, mathematics]\n",
        f"{FIELD}.confidence_threshold",
    ),
    Case(
        "AUA0232",
        "utility: {weights: {efficacy: 0.6}}\n",
        "utility: {weights: {efficacy: 0.6, confidence: 0.3}}\n",
        "utility.weights.efficacy",
        ("1.1", "0.6 efficacy + 0.4 confidence + 0.1 curiosity"),
    ),
    Case(
        "AUA0232",
        "utility: {weights: {efficacy: 0.500002}}\n",
        "utility: {weights: {efficacy: 0.5000005}}\n",
        "utility.weights.efficacy",
    ),
    Case(
        "AUA0232",
        "fields: [{name: swe, utility_weights: {confidence: 0.7}}, mathematics]\n",
        f"fields: [{{name: swe, utility_weights: {{{THIRDS}}}}}, mathematics]\n",
        f"{FIELD}.utility_weights.confidence",
    ),
    Case("AUA0233", "fields: [swe, mathematics, law]\n", "fields: [swe, mathematics]\n", "fields[2]", ("`law`",)),
    Case("AUA0234", "fields: [swe]\n", "fields: [swe, mathematics]\n", "specialists[1].field", ("`math`", "`mathematics`")),
    Case(
        "AUA0235",
        "safety: {high_risk_fields: [medicine]}\n",
        "safety: {high_risk_fields: [mathematics]}\n",
        "safety.high_risk_fields[0]",
        ("`medicine`",),
    ),
    Case(
        "AUA0235",
        "safety: {high_risk_fields: [swe]}\n",
        "safety: {high_risk_fields: [software_engineering]}\n",
        "safety.high_risk_fields[0]",
    ),
    Case("AUA0236", risky("arbiter: {enabled: false}\n"), risky(ARBITER), "arbiter.enabled", ("`mathematics`", "off")),
    Case(
        "AUA0236",
        risky(""),
        "safety: {require_arbiter_for_high_risk: true}\n",
        "safety.require_arbiter_for_high_risk",
        ("no model",),
    ),
    Case(
        "AUA0228",
        "arbiter: {model: qwen-3b-awq, confidence_threshold: 1}\n",
        "arbiter: {model: qwen-3b-awq, confidence_threshold: 0.99}\n",
        "arbiter.confidence_threshold",
        ("`a`, `b`, `both`, `neither`", "0.99"),
    ),
    Case(
        "AUA0228",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {least_welfare: 0.03}}\n",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {least_welfare: 0.04}}\n",
        "arbiter.vcg.least_welfare",
        ("never say `neither`", "between 0.031 and 0.983"),
    ),
    Case(
        "AUA0228",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {least_welfare: 0.99}}\n",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {least_welfare: 0.98}}\n",
        "arbiter.vcg.least_welfare",
        ("never say `a`, `b`, `both`",),
    ),
    Case(
        "AUA0228",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {margin: 0.96}}\n",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {margin: 0.95}}\n",
        "arbiter.vcg.margin",
        ("never say `a`, `b`:",),
    ),
    Case("AUA0237", "arbiter: {policy: conservative}\n", "arbiter: {enabled: false}\n", "arbiter.model"),
    Case(
        "AUA0238",
        swe("timeout_s: 60, retries: 2"),
        swe("timeout_s: 49.9, retries: 2"),
        f"{SWE}.timeout_s",
        ("180.3 s", "150 s", "(2 retries + 1) x 60 s + 0.3 s"),
    ),
    Case("AUA0238", "routing: {deadline_s: 120}\n" + swe(), "routing: {deadline_s: 120.1}\n", "routing.deadline_s", ("120.1 s",)),
    Case("AUA0238", swe("timeout_s: 151, retries: 0"), swe("timeout_s: 150, retries: 0"), f"{SWE}.timeout_s", ("151 s",)),
    Case(
        "AUA0239",
        "resilience: {timeouts: {first_token: 61s}}\n",
        "resilience: {timeouts: {first_token: 60s}}\n",
        "resilience.timeouts.first_token",
        ("61 s", "60 s"),
    ),
    Case(
        "AUA0239",
        "resilience: {retry: {base: 3s}}\n",
        "resilience: {retry: {base: 3s, cap: 4s}}\n",
        "resilience.retry.base",
        ("3 s", "2 s"),
    ),
    Case(
        "AUA0239",
        "resilience: {hedge: {after: 61s}}\n",
        "resilience: {hedge: {after: 60s}}\n",
        "resilience.hedge.after",
        ("61 s", "60 s"),
    ),
)

WHO_ANSWERS = (
    Case("AUA0240", both("fallback: [mathh]"), both("fallback: [math]"), f"{SWE}.fallback[0]", ("`mathh`",)),
    Case(
        "AUA0240",
        ARBITER + swe("fallback: [arbiter]"),
        "arbiter: {model: qwen-3b-awq, fallback: [swe]}\n",
        f"{SWE}.fallback[0]",
        ("arbiter",),
    ),
    Case(
        "AUA0241",
        both("fallback: [math]", "fallback: [swe]"),
        both("fallback: [math]"),
        "specialists[1].fallback[0]",
        ("`swe` -> `math` -> `swe`",),
    ),
    Case("AUA0241", swe("fallback: [swe]"), swe("fallback: []"), f"{SWE}.fallback[0]", ("itself",)),
    Case(
        "AUA0242",
        both("fallback: [math]", "context: 8191"),
        both("fallback: [math]", "context: 8192"),
        f"{SWE}.fallback[0]",
        ("8192", "8191"),
    ),
    Case("AUA0243", swe("gpus: [0, 0]"), swe("gpus: [0]"), f"{SWE}.gpus[1]", ("`0`",)),
    Case("AUA0243", both("fallback: [math, math]"), both("fallback: [math]"), f"{SWE}.fallback[1]"),
    Case(
        "AUA0243",
        remote(f'kind: openai, base_url: ["{AT}", "{AT}/v1/"]'),
        remote(f'kind: openai, base_url: ["{AT}", "https://b.example.org"]'),
        "backends.remote.base_url[1]",
    ),
    Case("AUA0243", "targets: [router, router]\n", "targets: [router]\n", "targets[1]"),
    Case(
        "AUA0243",
        f'api: {{cors_origins: ["{AT}", "https://A.example.org"]}}\n',
        f'api: {{cors_origins: ["{AT}", "https://b.example.org"]}}\n',
        "api.cors_origins[1]",
    ),
    Case(
        "AUA0244",
        "fields: [{name: swe, aliases: [mathematics]}, mathematics]\n",
        "fields: [{name: swe, aliases: [programming]}, mathematics]\n",
        f"{FIELD}.aliases[0]",
    ),
    Case(
        "AUA0245",
        "specialists: [{name: router, field: swe, model: qwen-coder-7b-awq}]\n",
        "specialists: [{name: router2, field: swe, model: qwen-coder-7b-awq}]\n",
        f"{SWE}.name",
    ),
    Case(
        "AUA0245",
        "specialists: [{name: fetch_swe, field: swe, model: qwen-coder-7b-awq}]\n",
        "specialists: [{name: fetcher, field: swe, model: qwen-coder-7b-awq}]\n",
        f"{SWE}.name",
    ),
    Case("AUA0245", "arbiter: {name: swe, model: qwen-3b-awq}\n", "arbiter: {name: judge, model: qwen-3b-awq}\n", "arbiter.name"),
    Case(
        "AUA0245",
        "fields: [swe, mathematics]\n"
        "specialists: [{name: mathematics, field: swe, model: qwen-7b-awq}, {name: b, field: mathematics, model: qwen-7b-awq}]\n",
        "specialists: [{name: mathematics, field: mathematics, model: qwen-7b-awq}]\n",
        f"{SWE}.name",
        ("pin",),
    ),
)

PLACES = (
    Case("AUA0246", swe("gpus: [1]"), swe("gpus: [0]"), f"{SWE}.gpus[0]", ("GPU 1", "has 1")),
    Case("AUA0246", swe("gpus: [0]", "qwen-3b-q4-k-m"), swe(model="qwen-3b-q4-k-m"), f"{SWE}.gpus[0]", ("CPU",), tier="cpu"),
    Case(
        "AUA0247",
        both("memory: 0.6", "memory: 0.6"),
        both("memory: 0.5", "memory: 0.5"),
        "specialists[1].memory",
        ("GPU 0", "`swe`", "`math`"),
    ),
    Case(
        "AUA0247",
        both("memory: 0.6, gpus: [1]", "memory: 12GiB, gpus: [1]"),
        both("memory: 0.6, gpus: [1]", "memory: 12GiB, gpus: [2]"),
        "specialists[1].memory",
        ("GPU 1", "12.0"),
        tier="quad-4090",
    ),
    Case("AUA0247", swe("memory: 30GiB"), swe("memory: 20GiB"), f"{SWE}.memory", ("30.0",), tier="quad-4090"),
    Case(
        "AUA0247",
        swe("memory: 40GiB", "qwen-3b-q4-k-m"),
        swe("memory: 20GiB", "qwen-3b-q4-k-m"),
        f"{SWE}.memory",
        ("40.0", "36.0"),
        tier="macbook",
    ),
    Case(
        "AUA0248",
        swe("gpus: [0, 1], tensor_parallel: 4"),
        swe("gpus: [0, 1], tensor_parallel: 2"),
        f"{SWE}.tensor_parallel",
        ("4 GPUs", "2"),
        tier="quad-4090",
    ),
    Case("AUA0248", swe("tensor_parallel: 2"), swe("tensor_parallel: 1"), f"{SWE}.tensor_parallel", ("single-4090", "1")),
    Case(
        "AUA0249",
        swe("concurrency: 8, max_num_seqs: 4"),
        swe("concurrency: 8, max_num_seqs: 8"),
        f"{SWE}.max_num_seqs",
        ("8 requests", "only 4"),
    ),
    Case(
        "AUA0250",
        swe("backend: vllm", "qwen-coder-7b-q4-k-m"),
        swe("backend: ollama", "qwen-coder-7b-q4-k-m"),
        f"{SWE}.backend",
        ("vllm", "macbook"),
        tier="macbook",
    ),
    Case("AUA0251", swe("backend: ollama"), swe("backend: ollama", "qwen-coder-7b-q4-k-m"), f"{SWE}.model", ("awq", "q4-k-m")),
    Case(
        "AUA0251",
        swe("backend: ollama", "[qwen-coder-7b-awq, qwen-coder-7b-gptq-int4]"),
        swe("backend: ollama", "[qwen-coder-7b-awq, qwen-coder-7b-q4-k-m]"),
        f"{SWE}.model",
    ),
    Case(
        "AUA0251",
        own("id: acme/mine, vram_gib: 5, quantization: awq, backend: ollama"),
        own("id: acme/mine, vram_gib: 5, quantization: awq, backend: vllm"),
        f"{SWE}.model",
    ),
    Case("AUA0252", swe("context: 32769"), swe("context: 32768"), f"{SWE}.context", ("32769", "32768")),
    Case("AUA0253", own("id: acme/mine"), own("id: acme/mine, vram_gib: 5"), "models.mine.id", ("`acme/mine`",)),
    Case(
        "AUA0253",
        "models: {a: {alias: b}, b: {id: acme/mine}}\n" + swe(model="a"),
        own("id: Qwen/Qwen2.5-7B-Instruct-AWQ"),
        "models.b.id",
    ),
    Case("AUA0254", "models: {mine: {quantization: awq}}\n", "models: {mine: {alias: qwen-7b}}\n", "models.mine", ("neither",)),
    Case(
        "AUA0254",
        "models: {mine: {alias: qwen-7b, quantization: awq}}\n",
        "models: {mine: {id: Qwen/Qwen2.5-7B-Instruct, quantization: awq}}\n",
        "models.mine.quantization",
    ),
    Case(
        "AUA0255",
        "models: {a: {alias: b}, b: {alias: a}}\n",
        "models: {a: {alias: b}, b: {alias: qwen-7b}}\n",
        "models.b.alias",
        ("`a` -> `b` -> `a`",),
    ),
    Case("AUA0256", swe("backend: openai"), swe("backend: openai, host: llm.example.org"), f"{SWE}.backend", ("openai",)),
    Case(
        "AUA0271",
        remote(f'kind: openai, base_url: ["{AT}", "http://10.0.0.5:8000"]'),
        remote(f'kind: openai, base_url: ["{AT}", "http://10.0.0.5:8000"], allow_private: true'),
        "backends.remote.base_url[1]",
        ("private network",),
    ),
    Case("AUA0256", remote("kind: openai"), remote(f'kind: openai, base_url: "{AT}"'), f"{SWE}.backend", ("openai",)),
    Case("AUA0257", "backends: {vllm: {kind: ollama}}\n", "backends: {mine: {kind: ollama}}\n", "backends.vllm.kind"),
    Case(
        "AUA0258",
        remote(f'kind: openai, base_url: "{AT}"', "host: b.example.org"),
        remote("kind: openai", "host: b.example.org"),
        f"{SWE}.host",
        ("`b.example.org`", AT),
    ),
    Case(
        "AUA0287",
        "api: {port: 8001}\n",
        "api: {port: 8002}\n",
        "api.port",
        ("8001", "router", "anagement"),
    ),
    Case("AUA0287", swe("port: 8000"), swe("port: 9000"), f"{SWE}.port", ("8000",)),
    Case(
        "AUA0287",
        "api: {host: 10.0.0.7, port: 8001, api_key_secret: KEY}\n",
        "api: {host: 10.0.0.7, port: 8001, api_key_secret: KEY, management: {port: 8002}}\n",
        "api.port",
    ),
    Case(
        "AUA0287",
        "api: {host: 0.0.0.0, port: 9000, api_key_secret: KEY}\n" + at("http://localhost:9000", "allow_private: true"),
        "api: {host: 0.0.0.0, port: 9000, api_key_secret: KEY}\n" + at("http://10.0.0.9:9000", "allow_private: true"),
        URL,
    ),
    Case(
        "AUA0287",
        "api: {host: 0.0.0.0, port: 9000}\n" + swe("port: 9000, host: localhost"),
        "api: {host: 127.0.0.2, port: 9000}\n" + swe("port: 9000, host: localhost"),
        f"{SWE}.port",
        ("localhost", "0.0.0.0"),
    ),
    Case("AUA0287", swe('port: 8000, host: "::1"'), swe('port: 8010, host: "::1"'), f"{SWE}.port"),
    Case(
        "AUA0287",
        both("port: 9001, backend: vllm", "port: 9001, backend: vllm"),
        both("port: 9001, backend: vllm", "port: 9002, backend: vllm"),
        "specialists[1].port",
        ("`swe`", "`math`", "9001"),
    ),
    Case(
        "AUA0287",
        at("http://127.0.0.1:8000", "allow_private: true"),
        at("http://127.0.0.1:8005", "allow_private: true"),
        URL,
        ("the router",),
    ),
    Case(
        "AUA0288",
        two_at_one_server("vllm"),
        two_at_one_server("openai"),
        "specialists[1].host",
        ("`qwen-coder-7b-awq`", "`qwen-7b-awq`"),
    ),
)

ADDRESSES = (
    Case("AUA0267", at("http://:8000"), at("http://a.example.org:8000"), URL, ("empty",)),
    Case("AUA0267", at("http://a.example.org:99999"), at("http://a.example.org:65535"), URL, ("99999",)),
    Case("AUA0267", at(f"{AT}/#v1"), at(f"{AT}/v1"), URL, ("fragment",)),
    Case("AUA0267", at(f"{AT}/?x=1"), at(f"{AT}/x"), URL, ("query",)),
    Case(
        "AUA0267",
        'observability: {runbook_base_url: "https://a_.b-.org"}\n',
        'observability: {runbook_base_url: "https://a_b.org"}\n',
        "observability.runbook_base_url",
    ),
    Case("AUA0267", f'api: {{cors_origins: ["{AT}:port"]}}\n', f'api: {{cors_origins: ["{AT}:81"]}}\n', "api.cors_origins[0]"),
    Case("AUA0267", swe("host: 1.2.3.256"), swe("host: 1.2.3.4"), f"{SWE}.host"),
    Case("AUA0268", at("https://alice@a.example.org"), at(f"{AT}/alice"), URL),
    Case("AUA0268", at(f"{AT}/?sig=abc"), at(f"{AT}/sig"), URL),
    Case("AUA0269", at("http://2130706433", "allow_private: true"), at("http://127.0.0.1:81", "allow_private: true"), URL, ("127.0.0.1",)),
    Case("AUA0269", swe('host: "0x8.8.8.8"'), swe("host: 8.8.8.8"), f"{SWE}.host", ("hexadecimal",)),
    Case("AUA0269", 'api: {host: "0177.0.0.1"}\n', "api: {host: 127.0.0.1}\n", "api.host", ("octal",)),
    Case("AUA0269", swe('host: "::ffff:8.8.8.8"'), swe('host: "2001:4860:4860::8888"'), f"{SWE}.host", ("8.8.8.8",)),
    Case(
        "AUA0270",
        at("http://169.254.169.254", "allow_private: true"),
        at("http://10.0.0.1", "allow_private: true"),
        URL,
        ("metadata",),
    ),
    Case("AUA0270", swe("host: metadata.google.internal"), swe("host: metadata.example.org"), f"{SWE}.host"),
    Case("AUA0270", at("http://[fd00:ec2::254]", "allow_private: true"), at("http://[fd00:ec3::254]", "allow_private: true"), URL),
    Case("AUA0270", at("http://[fe80::1]", "allow_private: true"), at("http://[fd80::1]", "allow_private: true"), URL, ("link-local",)),
    Case("AUA0271", at("http://10.0.0.5"), at("http://10.0.0.5", "allow_private: true"), URL, ("private network",)),
    Case("AUA0271", at("http://localhost:8005"), at("http://localhost:8005", "allow_private: true"), URL, ("this machine",)),
    Case("AUA0271", swe("host: 192.168.0.7"), remote("kind: vllm, allow_private: true", "host: 192.168.0.7"), f"{SWE}.host"),
    Case("AUA0271", swe("host: gpu7.lan"), swe("host: gpu7.example.org"), f"{SWE}.host"),
    Case("AUA0272", "api: {host: llm.example.org}\n", "api: {host: 192.168.0.1}\n", "api.host"),
    Case(
        "AUA0273",
        'api: {forwarded_allow_ips: ["10.0.0"]}\n',
        'api: {forwarded_allow_ips: ["10.0.0.0/24"]}\n',
        "api.forwarded_allow_ips[0]",
    ),
    Case("AUA0275", 'api: {cors_origins: ["*"], cors_credentials: true}\n', 'api: {cors_origins: ["*"]}\n', "api.cors_origins[0]"),
    Case("AUA0276", 'api: {cors_origins: ["null"]}\n', f'api: {{cors_origins: ["{AT}"]}}\n', "api.cors_origins[0]"),
    Case("AUA0277", "api: {management: {host: 0.0.0.0}}\n", 'api: {management: {host: "::1"}}\n', "api.management.host"),
    Case(
        "AUA0278",
        "api: {management: {socket: run/a.sock}}\ntargets: [router, compose]\n",
        "api: {management: {socket: run/a.sock}}\ntargets: [router]\n",
        "api.management.socket",
        ("compose",),
    ),
    Case("AUA0279", header('Authorization: "Bearer MY_KEY"'), header("X-Author: me"), "backends.remote.headers.Authorization"),
    Case("AUA0280", header("Transfer-Encoding: chunked"), header("X-Encoding: chunked"), "backends.remote.headers.Transfer-Encoding"),
    Case("AUA0280", header('X-Team: "größe"'), header('X-Team: "a b"'), "backends.remote.headers.X-Team"),
    Case("AUA0280", header("X-Team: a, x-team: b"), header("X-Team: a, x-team2: b"), "backends.remote.headers.x-team"),
    Case("AUA0280", header("Host: b.example.org"), header("X-Host: b.example.org"), "backends.remote.headers.Host"),
)

DEPLOYMENT = (
    Case(
        "AUA0262",
        "deploy: {replicas: 2}\n",
        "deploy: {replicas: 2}\nstate: {backend: postgres, dsn_secret: DSN}\n",
        "deploy.replicas",
        ("2", "SQLite"),
    ),
    Case("AUA0263", "state: {backend: postgres}\n", "state: {backend: postgres, dsn_secret: DSN}\n", "state.backend"),
    Case("AUA0264", "state: {dsn_secret: DSN}\n", "state: {dsn_secret: DSN, backend: postgres}\n", "state.dsn_secret"),
    Case(
        "AUA0265",
        "resilience: {breaker: {half_open_max: 0}}\n",
        "resilience: {breaker: {half_open_max: 1}}\n",
        "resilience.breaker.half_open_max",
    ),
    Case(
        "AUA0265",
        swe("circuit_breaker: {half_open_max: 0}"),
        swe("circuit_breaker: {half_open_max: 1}"),
        f"{SWE}.circuit_breaker.half_open_max",
    ),
    Case("AUA0266", "deploy: {drain_s: 31}\n", "deploy: {drain_s: 30}\n", "deploy.drain_s", ("31 s", "30 s")),
    Case("AUA0274", "state: {path: state/}\n", "state: {path: state/a.db}\n", "state.path"),
    Case("AUA0274", 'state: {path: ":memory:"}\n', "state: {path: x/memory.db}\n", "state.path"),
    Case("AUA0274", "state: {path: state/nul.db}\n", "state: {path: state/nulls.db}\n", "state.path"),
    Case("AUA0223", "state: {path: ../a.db}\n", "state: {path: x/../y/a.db}\n", "state.path"),
    Case("AUA0223", 'state: {path: "file:a.db?mode=ro"}\n', "state: {path: x/a.db}\n", "state.path"),
    Case("AUA0281", "deploy: {env: {AUA_MODE: a}}\n", "deploy: {env: {MY_MODE: a}}\n", "deploy.env.AUA_MODE"),
    Case(
        "AUA0281",
        "api: {api_key_secret: LLM}\ndeploy: {env: {LLM: a}}\n",
        "deploy: {env: {LLM: a}}\n",
        "deploy.env.LLM",
        ("secret",),
    ),
    Case("AUA0281", "api: {api_key_secret: HOME}\n", "api: {api_key_secret: AUA_API_KEY}\n", "api.api_key_secret"),
    Case("AUA0281", at(AT, "auth_secret: AUA_SETTINGS"), at(AT, "auth_secret: AUA_UPSTREAM"), "backends.remote.auth_secret"),
    Case("AUA0281", "deploy: {env: {LD_PRELOAD: a}}\n", "deploy: {env: {TZ: UTC}}\n", "deploy.env.LD_PRELOAD"),
    Case(
        "AUA0282",
        "api: {api_key_secret: LLM}\n" + at(AT, "auth_secret: LLM"),
        "api: {api_key_secret: OWN}\n" + at(AT, "auth_secret: LLM"),
        "backends.remote.auth_secret",
    ),
    Case(
        "AUA0283",
        "prompts: {arbiter_template: arbiter_balanced_v1, arbiter_template_path: p.txt}\n",
        "prompts: {arbiter_template_path: p.txt}\n",
        "prompts.arbiter_template_path",
        files={"p.txt": "Decide."},
    ),
    Case(
        "AUA0284",
        "prompts: {arbiter_template_path: blank.txt}\n",
        "prompts: {arbiter_template_path: p.txt}\n",
        "prompts.arbiter_template_path",
        files={"p.txt": "Decide.", "blank.txt": " \n"},
    ),
    Case(
        "AUA0285",
        "targets: [router, kubernetes]\n" + swe(model="qwen-3b-q4-k-m"),
        "targets: [router, compose]\n" + both().replace("-awq", "-q4-k-m"),
        "targets[1]",
        ("kubernetes", "macbook"),
        tier="macbook",
    ),
    Case(
        "AUA0401",
        "deploy: {kubernetes: {namespace: kube-system}}\n",
        "deploy: {kubernetes: {namespace: kubes}}\n",
        "deploy.kubernetes.namespace",
        ("`kube-system`",),
    ),
    Case(
        "AUA0401",
        "deploy: {kubernetes: {namespace: default}}\n",
        "targets: [router, compose]\ndeploy: {kubernetes: {namespace: default}}\n",
        "deploy.kubernetes.namespace",
        ("`default`",),
    ),
    Case(
        "AUA0286",
        "targets: [kubernetes]\n",
        'targets: [kubernetes]\ndeploy: {images: {router: "a.example.org/router:1.0"}}\n',
        "targets[0]",
    ),
    Case(
        "AUA0286",
        "targets: [router, grafana]\nobservability: {metrics: {enabled: false}}\n",
        "observability: {metrics: {enabled: false}}\n",
        "targets[1]",
        ("metrics are off",),
    ),
    Case(
        "AUA0286",
        "targets: [router, grafana]\nobservability: {dashboards: {enabled: false}}\n",
        "observability: {dashboards: {enabled: false}}\n",
        "targets[1]",
        ("dashboards are off",),
    ),
    Case(
        "AUA0286",
        "targets: [compose]\n",
        'targets: [compose]\ndeploy: {images: {router: "a.example.org/router:1.0"}}\n',
        "targets[0]",
    ),
    Case("AUA0299", "state: {path: a.db}\n", "state: {path: ./x/a.db}\n", "state.path", ("`a.db`",)),
    Case(
        "AUA0298",
        "deploy: {volumes: [{name: state, size: 1GiB}]}\n",
        "deploy: {volumes: [{name: documents, size: 1GiB}]}\n",
        "deploy.volumes[0].name",
    ),
    Case(
        "AUA0298",
        "deploy: {volumes: [{name: weights_swe, size: 1GiB}]}\n",
        "deploy: {volumes: [{name: weight, size: 1GiB}]}\n",
        "deploy.volumes[0].name",
    ),
    Case("AUA0289", "locked: [safety.abstention]\n", "locked: [safety.abstention_enabled]\n", "locked[0]", ("safety.abstention",)),
)

EXPOSURE = (
    Case("AUA0290", "api: {host: 0.0.0.0}\n", "api: {host: 0.0.0.0, api_key_secret: KEY}\n", "api.host"),
    Case(
        "AUA0291",
        swe("host: a.example.org, scheme: https, tls_verify: false"),
        swe("host: a.example.org, scheme: https"),
        f"{SWE}.tls_verify",
    ),
    Case("AUA0292", at("http://a.example.org", "auth_secret: LLM"), at(AT, "auth_secret: LLM"), URL),
    Case("AUA0782", told('url: "http://hooks.example.org"'), told('url: "https://hooks.example.org"'), f"{HOOK}.url"),
    Case(
        "AUA0293",
        "observability: {logging: {prompts: true}}\n",
        "observability: {logging: {prompts: false}}\n",
        "observability.logging.prompts",
    ),
    Case(
        "AUA0751",
        'observability: {tracing: {enabled: true, endpoint: "https://traces.example.org", content: true}}\n',
        'observability: {tracing: {enabled: true, endpoint: "https://traces.example.org"}}\n',
        "observability.tracing.content",
    ),
    Case(
        "AUA0294",
        'api: {forwarded_allow_ips: ["*"]}\n',
        'api: {forwarded_allow_ips: ["10.0.0.0/8"]}\n',
        "api.forwarded_allow_ips[0]",
    ),
    Case("AUA0295", 'api: {allowed_hosts: ["*"]}\n', 'api: {allowed_hosts: ["*.example.org"]}\n', "api.allowed_hosts[0]"),
    Case(
        "AUA0296",
        'deploy: {images: {vllm: "vllm/vllm-openai:latest"}}\n',
        'deploy: {images: {vllm: "vllm/vllm-openai:v0.33.0"}}\n',
        "deploy.images.vllm",
        ("latest",),
    ),
    Case(
        "AUA0296",
        'deploy: {images: {llamacpp: "ghcr.io/ggml-org/llama.cpp:server-cuda"}}\n',
        'deploy: {images: {llamacpp: "ghcr.io/ggml-org/llama.cpp:server-cuda-b11151"}}\n',
        "deploy.images.llamacpp",
        ("server-cuda",),
    ),
    Case(
        "AUA0296",
        'deploy: {images: {vllm: "localhost:5000/vllm"}}\n',
        'deploy: {images: {vllm: "localhost:5000/vllm:1.0"}}\n',
        "deploy.images.vllm",
        ("no tag",),
    ),
)
"""Warned of under the default profile."""

MOOT = (
    Case("AUA0259", f'backends: {{gatewy: {{kind: openai, base_url: "{AT}"}}}}\n', at(AT), "backends.gatewy"),
    Case("AUA0260", "models: {mine: {alias: qwen-7b}}\n", own("alias: qwen-7b-awq"), "models.mine"),
    Case("AUA0261", swe("gpus: [0], backend: openai, host: a.example.org"), swe("gpus: [0]"), f"{SWE}.gpus", ("elsewhere",)),
    Case("AUA0261", swe("scheme: https"), swe("scheme: https, host: a.example.org"), f"{SWE}.scheme"),
    Case("AUA0261", swe("embeddings: true"), swe("embeddings: true, host: a.example.org"), f"{SWE}.embeddings", ("answers only",)),
    Case(
        "AUA0261",
        swe("log_probabilities: true, backend: vllm, host: a.example.org"),
        swe("log_probabilities: true, backend: openai, host: a.example.org"),
        f"{SWE}.log_probabilities",
        ("asked anyway",),
    ),
    Case("AUA0261", "state: {backend: postgres, dsn_secret: DSN, path: a.db}\n", "state: {backend: sqlite, path: x/a.db}\n", "state.path"),
    Case(
        "AUA0261",
        swe("host: a.example.org, scheme: http, tls_verify: false"),
        swe("host: a.example.org, scheme: http"),
        f"{SWE}.tls_verify",
        ("plain http",),
    ),
    Case(
        "AUA0261",
        "api: {management: {socket: run/a.sock, port: 8005}}\ntargets: [router]\n",
        "api: {management: {socket: run/a.sock}}\ntargets: [router]\n",
        "api.management.port",
    ),
    Case(
        "AUA0261",
        "api: {cors_credentials: true}\n",
        f'api: {{cors_credentials: true, cors_origins: ["{AT}"]}}\n',
        "api.cors_credentials",
    ),
    Case(
        "AUA0261",
        "arbiter: {model: qwen-3b-awq, vcg: {margin: 0.1}}\n",
        "arbiter: {model: qwen-3b-awq, mode: vcg, vcg: {margin: 0.1}}\n",
        "arbiter.vcg.margin",
        ("mode",),
    ),
    Case(
        "AUA0261",
        'observability: {tracing: {endpoint: "http://c:4318"}}\n',
        'observability: {tracing: {enabled: false, endpoint: "http://c:4318"}}\n',
        "observability.tracing.endpoint",
        ("not said",),
    ),
    Case(
        "AUA0261",
        'observability: {tracing: {enabled: true, endpoint: "http://c:4318", sample_ratio: 0, trust_caller: false}}\n',
        'observability: {tracing: {enabled: true, endpoint: "http://c:4318", sample_ratio: 0}}\n',
        "observability.tracing.enabled",
        ("callers",),
    ),
    Case(
        "AUA0261",
        "observability: {metrics: {enabled: false}, slo: {availability: 0.99}}\n",
        "observability: {metrics: {enabled: true}, slo: {availability: 0.99}}\n",
        "observability.slo.availability",
        ("metrics are off",),
    ),
    Case("AUA0261", "arbiter: {enabled: false, model: qwen-3b-awq}\n", "arbiter: {enabled: true, model: qwen-3b-awq}\n", "arbiter.model"),
    Case(
        "AUA0261",
        remote(f'kind: openai, base_url: "{AT}"', "port: 9000"),
        remote("kind: openai", "host: a.example.org, port: 9000"),
        f"{SWE}.port",
    ),
    Case(
        "AUA0261",
        "resilience: {probe: {enabled: false, interval: 5s}}\n",
        "resilience: {probe: {interval: 5s}}\n",
        "resilience.probe.interval",
    ),
    Case(
        "AUA0261",
        "resilience: {breaker: {window: 0, slow_share: 0.5}}\n",
        "resilience: {breaker: {window: 9, slow_share: 0.5}}\n",
        "resilience.breaker.slow_share",
        ("in a row",),
    ),
    Case(
        "AUA0261",
        swe("circuit_breaker: {window: 0, failing_share: 0.5}"),
        swe("circuit_breaker: {failing_share: 0.4}"),
        f"{SWE}.circuit_breaker.failing_share",
    ),
    Case(
        "AUA0261",
        swe("host: a.example.org, limits: {queue: 5}"),
        swe("host: a.example.org, limits: {queue: 5, concurrency: 5}"),
        f"{SWE}.limits.queue",
        ("nothing bounds",),
    ),
    Case(
        "AUA0229", swe("limits: {concurrency: 7}"), swe("limits: {concurrency: 8}"), f"{SWE}.limits.concurrency", ("8 requests", "only 7")
    ),
    Case(
        "AUA0229",
        "resilience: {limits: {concurrency: 2}}\n" + swe("concurrency: 4"),
        "resilience: {limits: {concurrency: 2}}\n" + swe("concurrency: 4, limits: {concurrency: 4}"),
        "resilience.limits.concurrency",
    ),
    Case("AUA0297", "profile: team\n", "profile: workstation\n", "profile", ("tokens", "mutual TLS", "audit")),
)

COMPOSE = "patches: [{target: {file: compose.yaml}, "
PATCHES = (
    Case("AUA0701", "patches: [{target: {}, merge: {x: 1}}]\n", COMPOSE + "merge: {x: 1}}]\n", "patches[0].target", ("no target",)),
    Case("AUA0701", COMPOSE + "merge: {}}]\n", COMPOSE + "merge: {x: null}}]\n", "patches[0].merge", ("changes nothing",)),
    Case(
        "AUA0701",
        COMPOSE + "merge: {x: 1}, json: [{op: remove, path: /x}]}]\n",
        COMPOSE + "json: [{op: remove, path: /x}]}]\n",
        "patches[0]",
        ("`merge`", "`json`"),
    ),
    Case(
        "AUA0701",
        COMPOSE + "json: [{op: add, path: x, value: 1}]}]\n",
        COMPOSE + "json: [{op: add, path: /x, value: 1}]}]\n",
        "patches[0].json[0].path",
        ("JSON Pointer",),
    ),
    Case(
        "AUA0701",
        COMPOSE + "json: [{op: add, path: /x}]}]\n",
        COMPOSE + "json: [{op: add, path: /x, value: null}]}]\n",
        "patches[0].json[0]",
        ("needs `value`",),
    ),
)

OBJECTIVES = (
    Case(
        "AUA0740",
        "observability: {slo: {latency: {within: 8s, target: 0.9}}}\n",
        "observability: {slo: {latency: {within: 10s, target: 0.9}}}\n",
        "observability.slo.latency.within",
        ("8s", "10s"),
    ),
    Case(
        "AUA0741",
        "routing: {deadline_s: 200}\nobservability: {slo: {latency: {within: 300s, target: 0.9}}}\n",
        "routing: {deadline_s: 200}\nobservability: {slo: {latency: {within: 120s, target: 0.9}}}\n",
        "observability.slo.latency.within",
        ("200 s",),
    ),
)


def traced(more: str) -> str:
    """A config that records requests."""
    return f"observability: {{tracing: {{enabled: true, {more}}}}}\n"


def collected(exports: str) -> str:
    """A config with a collector."""
    return f"observability: {{tracing: {{enabled: true, collector: {{enabled: true, exports: {{{exports}}}}}}}}}\n"


TEMPO = 'tempo: {endpoint: "https://tempo.example.org", header_secrets: {X-Key: T}}'
EXPORT = "observability.tracing.collector.exports.tempo"
ENDPOINT = 'endpoint: "https://traces.example.org"'
AT_ENDPOINT = "observability.tracing.endpoint"
TRACES = (
    Case(
        "AUA0750",
        "observability: {tracing: {enabled: true, collector: {enabled: true}}}\n",
        collected(TEMPO),
        "observability.tracing.collector.enabled",
    ),
    Case(
        "AUA0754",
        "targets: [router]\n" + collected(TEMPO),
        "targets: [router, compose]\n" + collected(TEMPO),
        "observability.tracing.collector.enabled",
    ),
    Case(
        "AUA0752",
        collected('tempo: {endpoint: "http://tempo.internal:4318", protocol: grpc}'),
        collected('tempo: {endpoint: "http://tempo.internal:4317", protocol: grpc}'),
        f"{EXPORT}.endpoint",
        ("HTTP",),
    ),
    Case(
        "AUA0752",
        collected('tempo: {endpoint: "https://tempo.internal/otlp", protocol: grpc}'),
        collected('tempo: {endpoint: "https://tempo.internal/otlp"}'),
        f"{EXPORT}.endpoint",
        ("path",),
    ),
    Case(
        "AUA0753",
        collected('tempo: {endpoint: "http://127.0.0.1:9"}'),
        collected('tempo: {endpoint: "http://tempo:9"}'),
        f"{EXPORT}.endpoint",
    ),
    Case("AUA0270", collected('tempo: {endpoint: "http://169.254.169.254"}'), collected(TEMPO), f"{EXPORT}.endpoint"),
    Case(
        "AUA0279",
        collected('tempo: {endpoint: "https://a.example.org", headers: {X-Api-Key: k}}'),
        collected(TEMPO),
        f"{EXPORT}.headers.X-Api-Key",
    ),
    Case(
        "AUA0282",
        "api: {api_key_secret: T}\n" + collected(TEMPO),
        "api: {api_key_secret: K}\n" + collected(TEMPO),
        f"{EXPORT}.header_secrets.X-Key",
    ),
    Case(
        "AUA0292",
        collected('tempo: {endpoint: "http://a.example.org", header_secrets: {X-Key: T}}'),
        collected(TEMPO),
        f"{EXPORT}.endpoint",
    ),
    Case(
        "AUA0261",
        traced(ENDPOINT + ", collector: {enabled: true, exports: {" + TEMPO + "}}"),
        collected(TEMPO),
        "observability.tracing.endpoint",
    ),
    Case("AUA0750", "observability: {tracing: {enabled: true}}\n", traced(ENDPOINT), "observability.tracing.enabled"),
    Case(
        "AUA0752",
        traced('endpoint: "http://traces.internal:4317"'),
        traced('endpoint: "http://traces.internal:4318"'),
        AT_ENDPOINT,
        ("gRPC",),
    ),
    Case(
        "AUA0752",
        traced('endpoint: "https://traces.example.org/v1/traces"'),
        traced('endpoint: "https://traces.example.org/otlp"'),
        AT_ENDPOINT,
    ),
    Case(
        "AUA0753",
        traced('endpoint: "http://localhost:4318"'),
        "targets: [router]\n" + traced('endpoint: "http://localhost:4318"'),
        AT_ENDPOINT,
    ),
    Case("AUA0270", traced('endpoint: "http://169.254.169.254"'), traced(ENDPOINT), AT_ENDPOINT),
    Case(
        "AUA0279",
        traced(ENDPOINT + ", headers: {Authorization: word}"),
        traced(ENDPOINT + ", header_secrets: {Authorization: T}"),
        "observability.tracing.headers.Authorization",
    ),
    Case(
        "AUA0280",
        traced(ENDPOINT + ", headers: {Host: a}"),
        traced(ENDPOINT + ", headers: {X-Team: a}"),
        "observability.tracing.headers.Host",
    ),
    Case(
        "AUA0280",
        traced(ENDPOINT + ", headers: {X-A: b}, header_secrets: {x-a: T}"),
        traced(ENDPOINT + ", headers: {X-A: b}, header_secrets: {x-b: T}"),
        "observability.tracing.header_secrets.x-a",
        ("same",),
    ),
    Case(
        "AUA0282",
        "api: {api_key_secret: K}\n" + traced(ENDPOINT + ", header_secrets: {X-Key: K}"),
        "api: {api_key_secret: K}\n" + traced(ENDPOINT + ", header_secrets: {X-Key: T}"),
        "observability.tracing.header_secrets.X-Key",
    ),
)

MONEY = (
    Case(
        "AUA0780",
        "observability: {costs: {currency: EUR}}\n",
        'observability: {costs: {currency: EUR, gpu_hour: {rtx-4090: "0.45"}}}\n',
        "observability.costs.currency",
        ("rtx-4090", "EUR"),
    ),
)

TOLD = (
    Case("AUA0781", told("kind: slack"), told("kind: slack, url_secret: SLACK_URL"), HOOK, ("neither",)),
    Case(
        "AUA0781",
        told('url: "https://hooks.example.org", url_secret: HOOK_URL'),
        told('url: "https://hooks.example.org"'),
        f"{HOOK}.url_secret",
        ("both",),
    ),
    Case("AUA0270", told('url: "http://169.254.169.254"'), told('url: "https://hooks.example.org"'), f"{HOOK}.url"),
)

CASES = (*OBJECTIVES, *TRACES, *MONEY, *TOLD, *NAMES, *ROUTING, *WHO_ANSWERS, *PLACES, *ADDRESSES, *DEPLOYMENT, *EXPOSURE, *MOOT, *PATCHES)
