"""The OpenAPI document: it is one, it names every route, and a running router keeps to it whatever it is asked."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
from aua_runtime.contract.metrics import ERRORS, QUERIES
from aua_runtime.contract.routes import ENDPOINTS

from aua_compile.openapi import document
from tests.contract.test_router import running
from tests.targets.plans import single_4090
from tests.tools import require, require_module

EXAMPLES = 10
SEED = 7
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,"
    "negative_data_rejection,positive_data_acceptance,unsupported_method,allow_header_conformance"
)


def test_the_document_is_valid_openapi() -> None:
    require_module("openapi_spec_validator")
    from openapi_spec_validator import validate

    validate(document())


def test_the_document_names_every_route_and_no_other() -> None:
    told = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}
    assert told == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def asked(url: str, tag: str, folder: Path) -> None:
    """Ask everything that is on one listener."""
    schemathesis = require("schemathesis")
    (folder / "openapi.json").write_text(json.dumps(document()), encoding="utf-8")
    command = [schemathesis, "run", str(folder / "openapi.json"), "--url", url, "--include-tag", tag, "--checks", CHECKS]
    bounds = ["--max-examples", str(EXAMPLES), "--seed", str(SEED), "--phases", "coverage,fuzzing", "--no-shrink"]
    quiet = ["--warnings", "off", "--request-timeout", "5", "--suppress-health-check", "all", "--continue-on-failure"]
    ran = subprocess.run([*command, *bounds, *quiet], cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_a_router_keeps_to_the_document_whatever_it_is_asked(tmp_path: Path) -> None:
    with running(sys.executable, tmp_path, single_4090()) as router:
        asked(router.public, "public", tmp_path)
        asked(router.management, "management", tmp_path)
        lines = httpx.get(f"{router.management}/metrics", trust_env=False).text.splitlines()
        assert any(line.startswith(ERRORS.name) and 'code="AUA_REQUEST_INVALID"' in line for line in lines)
        assert not [line for line in lines if line.startswith(ERRORS.name) and 'code="AUA_INTERNAL"' in line]
        assert any(line.startswith(QUERIES.name) and 'outcome="answered"' in line for line in lines)


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    with running(sys.executable, tmp_path, single_4090()) as router:
        page = httpx.get(f"{router.management}/docs", trust_env=False)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<script" not in page.text
        assert not any(part in page.text for part in ('src="', 'href="http', "url(", "@import"))
        assert all(endpoint.path in page.text for endpoint in ENDPOINTS)
        assert httpx.get(f"{router.public}/docs", trust_env=False).status_code == 404
        for url in (router.public, router.management):
            assert httpx.get(f"{url}/openapi.json", trust_env=False).json() == document()
