"""Families of wrong input through the whole command: refused with findings, in little time and memory, without a trace on the disk."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aua_compile.bundle import Choices, read
from aua_compile.cli.report import render
from aua_compile.compiler import planned
from aua_compile.diagnostic import Diagnostic
from aua_compile.registry.catalog import Catalog
from aua_compile.source import Source
from tests.compiling import ENTRY, PROJECT, tree
from tests.tools import within

HEAD = 'config_version: "1.0"\nproject: {name: shop}\ntier: single-4090\n'
SPECIALIST = "  - {name: s%d, model: qwen-7b-awq, field: general, port: %d}\n"
MIB = 2**20

FAMILIES: dict[str, str | bytes] = {
    "nothing": "",
    "comments alone": "# a\n" * 1000,
    "brackets without end": "a: " + "[" * 200_000,
    "lists in lists in lists": "- " * 100_000,
    "keys of keys": "? " * 100_000,
    "aliases of aliases": "x-0: &a0 [1, 1]\n" + "".join(f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40)),
    "an alias in a value": PROJECT + "x-a: &a {b: [*a]}\n",
    "a text of a mebibyte": HEAD + "preset: " + "x" * (MIB - 200),
    "a name of a mebibyte": HEAD.replace("shop", "s" * (MIB - 200)),
    "a key of a mebibyte": PROJECT + "k" * (MIB - 200) + ": 1\n",
    "more than a mebibyte": PROJECT + "#" * MIB,
    "a number of a mebibyte": PROJECT + "routing: {max_fanout: " + "9" * (MIB - 200) + "}\n",
    "sixty thousand keys": PROJECT + "".join(f"k{n}: 1\n" for n in range(60_000)),
    "unknown keys": PROJECT + "".join(f"routing{n}: 1\n" for n in range(20_000)),
    "unknown keys of a specialist": PROJECT + "specialists:\n" + "".join(f"  - {{nam: s{n}, modell: x, filed: y}}\n" for n in range(5000)),
    "unknown words": PROJECT + "specialists:\n" + SPECIALIST.replace("general", "generral") % (1, 1) * 5000,
    "one name many times": PROJECT + "specialists:\n" + SPECIALIST % (1, 9000) * 5000,
    "unknown models": PROJECT + "specialists:\n" + "".join(f"  - {{name: s{n}, model: qwen-{n}x, field: general}}\n" for n in range(3000)),
    "specialists without a field": PROJECT + "specialists:\n" + "".join(f"  - {{name: s{n}, model: qwen-7b-awq}}\n" for n in range(2001)),
    "fallbacks that lead back": PROJECT
    + "specialists:\n"
    + "".join(f"  - {{name: s{n}, model: qwen-7b-awq, field: general, fallback: [s{(n + 1) % 2001}]}}\n" for n in range(2001)),
    "services that want different things": PROJECT.replace("preset: coding\n", "arbiter: {enabled: false}\n")
    + "specialists:\n"
    + "".join(f"  - {{name: s{n}, model: qwen-3b-awq, field: general, context: {1024 + n}}}\n" for n in range(1000)),
    "more specialists than devices": PROJECT + "specialists:\n" + "".join(SPECIALIST % (n, 9000 + n) for n in range(1000)),
    "wrong types": PROJECT.replace("coding", "[coding]") + "routing: 1\nspecialists: {}\napi: [port]\nsafety: text\ndeploy: null\n",
    "keys twice": "a: 1\n" * 20_000,
    "tabs": PROJECT.replace(" ", "\t"),
    "values that change with the reader": "".join(f"k{n}: yes\n" for n in range(20_000)),
    "nothing but indicators": "{[]},:?-&*!|>'\"%@`" * 1000,
    "a quote without end": PROJECT + 'description: "' + "a\n" * 10_000,
    "several documents": (PROJECT + "---\n") * 1000,
    "zero bytes": b"\0" * 10_000,
    "random bytes": random.Random(1).randbytes(10_000),
    "another encoding": PROJECT.encode("utf-16"),
    "latin letters": PROJECT.replace("shop", "büro").encode("latin-1"),
    "characters that nobody sees": PROJECT.replace("shop", "sh\u202eop\u200b"),
    "half characters": PROJECT.encode().replace(b"shop", b"sh\xed\xa0\x80op"),
    "secrets": PROJECT + "".join(f"password{n}: {{password: hunter2}}\n" for n in range(5000)),
    "paths that lead out": PROJECT + "extends: ../../../../etc/passwd\nprompts: {arbiter_template_path: /etc/shadow}\n",
}


def refused(folder: Path, content: str | bytes) -> tuple[tuple[Diagnostic, ...], dict[str, Source]]:
    path = folder / "aua.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    sources: dict[str, Source] = {}
    catalog = Catalog()
    checked = read(Choices(str(path)), sources).then(lambda bundle: planned(bundle, catalog))
    assert checked.value is None
    assert any(finding.severity == "error" for finding in checked.diagnostics)
    return checked.diagnostics, {**catalog.sources, **sources}


@pytest.mark.parametrize("content", FAMILIES.values(), ids=FAMILIES)
def test_wrong_input_is_refused_quickly_and_shown_within_bounds(content: str | bytes, tmp_path: Path) -> None:
    with within(2):
        findings, sources = refused(tmp_path, content)
        shown = render(findings, sources)
    assert len(shown) < 200_000
    assert len(render(findings, sources, "json")) < 3_000_000
    for finding in findings:
        assert len(finding.message) < 2000
        assert len(finding.help) < 2000


@pytest.mark.parametrize("content", [content for content in FAMILIES.values() if isinstance(content, str)][::4])
def test_findings_point_into_the_files_that_were_read(content: str, tmp_path: Path) -> None:
    findings, sources = refused(tmp_path, content)
    for finding in findings[:100]:
        if finding.span and finding.span.file in sources:
            lines = sources[finding.span.file].text.split("\n")
            assert finding.span.line <= finding.span.end_line <= len(lines)
            assert finding.span.column <= len(lines[finding.span.line - 1]) + 1


# What a child's rusage calls its peak is that of the large process that it was forked from; the kernel's own figure begins anew with exec.
OWN_STATUS = "pathlib.Path('/proc/self/status').read_bytes()"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak of a process there")
@pytest.mark.parametrize("family", ["a key of a mebibyte", "sixty thousand keys", "unknown models", "random bytes"])
def test_the_command_refuses_wrong_input_in_little_memory(family: str, tmp_path: Path) -> None:
    content = FAMILIES[family]
    (tmp_path / "aua.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    before = tree(tmp_path)
    peak = tmp_path.with_suffix(".peak")
    code = f"import atexit, pathlib; atexit.register(lambda: pathlib.Path({str(peak)!r}).write_bytes({OWN_STATUS}));{ENTRY}"
    done = subprocess.run((sys.executable, "-c", code, "compile", "aua.yaml"), cwd=tmp_path, capture_output=True, check=False)
    told = done.stderr.decode()
    assert (done.returncode, "error[AUA0" in told, "Traceback" in told) == (3, True, False)
    kibibytes = int(re.findall(r"VmHWM:\s+(\d+) kB", peak.read_text())[0])
    assert kibibytes / 1024 < 256
    assert tree(tmp_path) == before
