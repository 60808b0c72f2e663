"""References, purls and requirements, taken apart."""

import pytest

from aua_compile.attest.parts import image_of, packages


@pytest.mark.parametrize(
    ("reference", "purl"),
    [
        ("vllm/vllm-openai:v0.33.0", "pkg:docker/vllm/vllm-openai@v0.33.0"),
        ("docker.io/library/python:3.12.8-slim-bookworm", "pkg:docker/library/python@3.12.8-slim-bookworm"),
        ("ghcr.io/ggml-org/llama.cpp:server-b9000", "pkg:docker/ggml-org/llama.cpp@server-b9000?repository_url=ghcr.io"),
        ("localhost:5000/router", "pkg:docker/router?repository_url=localhost:5000"),
        (f"acme/router:1@sha256:{'a' * 64}", f"pkg:docker/acme/router@sha256:{'a' * 64}"),
    ],
)
def test_an_image_reference_has_a_package_url(reference: str, purl: str) -> None:
    assert image_of(reference).purl == purl


def test_a_requirements_file_names_packages_and_what_is_accepted_for_them() -> None:
    text = (
        "click==8.5.1 \\\n    --hash=sha256:"
        + "a" * 64
        + " \\\n    --hash=sha256:"
        + "b" * 64
        + "\nuvloop==0.22.1 ; sys_platform != 'win32' \\\n    --hash=sha256:"
        + "c" * 64
        + "\n"
    )
    first, second = packages(text)
    assert (first.name, first.version, first.hashes) == ("click", "8.5.1", ("a" * 64, "b" * 64))
    assert (second.purl, second.hashes) == ("pkg:pypi/uvloop@0.22.1", ("c" * 64,))
    assert packages("") == ()
