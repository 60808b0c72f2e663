"""Secrets are found wherever they are written, and what only resembles them is not."""

import base64

import pytest

from aua_compile.diagnostic import Diagnostic
from aua_compile.document import parse
from aua_compile.leaks import find_secrets, find_secrets_in_text
from aua_compile.secrets import WITHHELD, holds_secret, redacted
from aua_compile.source import Source

DIGITS = "0123456789abcdefABCDEF" * 4
"""Stands for the random part of a made-up secret: no real one, and no form of one until it is joined to a prefix."""

BY_FORM = {
    "openai": "sk-" + DIGITS[:40],
    "openai_project": "sk-proj-" + DIGITS[:40],
    "anthropic": "sk-ant-api03-" + DIGITS[:40],
    "huggingface": "hf_" + DIGITS[:34],
    "github": "ghp_" + DIGITS[:36],
    "github_fine": "github_pat_" + DIGITS[:60],
    "gitlab": "glpat-" + DIGITS[:20],
    "aws": "AKIA" + "0123456789ABCDEF",
    "slack": "xoxb-" + DIGITS[:24],
    "slack_hook": "https://hooks.slack.com/services/T0000000/B0000000/" + DIGITS[:24],
    "google": "AIza" + DIGITS[:35],
    "groq": "gsk_" + DIGITS[:40],
    "nvidia": "nvapi-" + DIGITS[:40],
    "npm": "npm_" + DIGITS[:36],
    "stripe": "sk_live_" + DIGITS[:24],
    "vault": "hvs." + DIGITS[:24],
    "telegram": "12345678:AA" + DIGITS[:33],
    "jwt": "eyJ" + DIGITS[:20] + ".eyJ" + DIGITS[:20] + "." + DIGITS[:20],
    "bearer": "Bearer " + DIGITS[:20],
    "basic": "Basic " + base64.b64encode(b"someone:something").decode(),
    "pem": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "url_password": "postgres://aua:hunter2@db/aua",
    "url_token": "https://" + DIGITS[:20] + "@host/path",
    "url_query": "https://host/path?a=b&api_key=" + DIGITS[:10],
    "dsn": "host=db user=aua password=hunter22",
}


def findings(text: str) -> tuple[Diagnostic, ...]:
    checked = parse(Source("a.yaml", text))
    assert checked.value is not None, checked.diagnostics
    return find_secrets(checked.value)


@pytest.mark.parametrize("secret", BY_FORM.values(), ids=BY_FORM)
@pytest.mark.parametrize(
    "text", ["description: 'see {} there'", "x-notes: [['{}']]", "unknown: {{deep: '{}'}}", "'{}': 1", "a: |\n  first\n  {}\n"]
)
def test_a_published_form_of_a_secret_is_found_anywhere(secret: str, text: str) -> None:
    if secret.startswith("Basic"):
        text = text.replace("see {} there", "{}").replace("first\n  ", "")
    (finding,) = findings(text.format(secret))
    assert (finding.code, finding.severity, finding.secret) == ("AUA0130", "error", True)
    assert secret not in f"{finding.message}{finding.help}{finding.path}"


@pytest.mark.parametrize("name", ["password", "db_password", "DB_PASSWORD", "clientSecret", "auth_secret", "passphrase", "credentials"])
@pytest.mark.parametrize("value", ["hunter2", "'12345678'", "correct horse battery", "[hunter2]"])
def test_anything_but_a_reference_under_the_name_of_a_password_is_a_secret(name: str, value: str) -> None:
    assert [finding.code for finding in findings(f"{name}: {value}")] == ["AUA0130"]


@pytest.mark.parametrize("name", ["key", "api_key", "apiKey", "X-Api-Key", "token", "access_token", "Authorization", "api_keys"])
def test_an_opaque_value_under_the_name_of_a_key_is_a_secret(name: str) -> None:
    assert [finding.code for finding in findings(f"headers: {{{name}: 9f86d081884c7d659a2f}}")] == ["AUA0130"]


def test_a_value_beside_the_name_of_a_key_is_a_secret() -> None:
    (finding,) = findings("env:\n  - {name: OPENAI_API_KEY, value: 9f86d081884c7d659a2f}\n")
    assert finding.path == "env[0].value"


@pytest.mark.parametrize(
    "text",
    [
        "api_key_secret: AUA_API_KEY",
        "auth_secret: TOKEN",
        "dsn_secret: DATABASE_URL",
        "password: ${DB_PASSWORD}",
        "args: ['--api-key=$AUA_API_KEY', '--max-tokens=4096', 'PASSWORD=DB_PASSWORD']",
        "password: null",
        "password: true",
        "password:",
        "token: '<your token>'",
        "max_tokens: 4096",
        "context_tokens: 131072",
        "stop_token: '<|endoftext|>'",
        "key: nvidia.com/gpu.product",
        "topologyKey: topology.kubernetes.io/zone",
        "key: cloud.google.com/gke-accelerator-h100x8",
        "public_key: ssh-ed25519 9f86d081884c7d659a2f",
        "id: Qwen/Qwen2.5-Coder-32B-Instruct-AWQ",
        "revision: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "image: vllm/vllm-openai@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "base_url: https://api.example.com:8443/v1?version=2024",
        "base_url: http://[::1]:8000/v1",
        "description: 'Ask for a bearer token. Basic understanding of sk-learn pipelines and task-oriented-dialogue-2024 models.'",
        "description: Basic instructions_for_everyone",
        "description: 'the password is asked for; secret: none'",
        "dsn: postgres://aua:${PASSWORD}@db/aua",
        "field: software_engineering",
    ],
)
def test_what_only_resembles_a_secret_is_let_through(text: str) -> None:
    assert findings(text) == ()


@pytest.mark.parametrize("text", ["args: ['--api-key=9f86d081884c7d659a2f']", "env: ['DB_PASSWORD=hunter2']", "password: $ecret123"])
def test_a_name_and_its_value_in_one_text_are_seen(text: str) -> None:
    assert [finding.code for finding in findings(text)] == ["AUA0130"]


def test_the_path_to_a_secret_does_not_hold_another() -> None:
    key = BY_FORM["github"]
    paths = [finding.path for finding in findings(f"a: {{{key}: {{password: hunter2}}}}")]
    assert paths == ["a", f"a.{WITHHELD}.password"]


def test_a_secret_behind_an_alias_is_told_once() -> None:
    assert len(findings("x-a: &a {password: hunter2}\nb: *a\nc: [*a, *a]\n")) == 1


def test_a_text_file_is_searched_for_published_forms() -> None:
    (finding,) = find_secrets_in_text(Source("prompt.txt", f"Answer.\nUse {BY_FORM['openai']} for it.\n"))
    assert finding.span is not None
    assert (finding.span.line, finding.span.column) == (2, 5)


@pytest.mark.parametrize("secret", [value for name, value in BY_FORM.items() if name != "basic"])
def test_a_text_about_to_be_shown_loses_its_secrets(secret: str) -> None:
    assert secret not in redacted(f"The key `{secret}` stands twice.")
    assert holds_secret(f"  api: '{secret}' # mine")


@pytest.mark.parametrize(
    "line",
    [
        "password: hunter2",
        "  MIIEpAIBAAKCAQEA0123456789abcdef0123456789ABCDEF",
        "- {token: 9f86d081884c7d659a2f}",
        '"apiKey": "9f86d081884c7d659a2f",',
    ],
)
def test_a_line_with_a_secret_under_its_name_is_recognised(line: str) -> None:
    assert holds_secret(line)


@pytest.mark.parametrize("line", ["port: 8000", "api_key_secret: AUA_API_KEY", "# the token", "", "key: value"])
def test_a_plain_line_is_shown(line: str) -> None:
    assert not holds_secret(line)
