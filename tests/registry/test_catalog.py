import pytest

from aua_compile.registry.catalog import BrokenFactsError, Catalog
from aua_compile.registry.ready import READY
from aua_compile.shipped import entry_text
from tests.typed_facts import digest, entries, read


@pytest.mark.parametrize(
    ("reference", "model", "quantization", "engine"),
    [
        ("qwen-coder-7b", "qwen-coder-7b", "bf16", None),
        ("qwen-coder-7b-awq", "qwen-coder-7b", "awq", None),
        ("qwen-coder-7b-ollama", "qwen-coder-7b", "q4-k-m", "ollama"),
        ("qwen-7b-ollama", "qwen-7b", "q4-k-m", "ollama"),
        ("qwen-3b-ollama", "qwen-3b", "q4-k-m", "ollama"),
        ("qwen-3b-awq", "qwen-3b", "awq", None),
        ("qwen-14b-awq", "qwen-14b", "awq", None),
        ("llama3-8b", "llama3-8b", "bf16", None),
        ("gpt-oss-20b", "gpt-oss-20b", "mxfp4", None),
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", "qwen-7b", "awq", None),
        ("qwen2.5:7b", "qwen-7b", "q4-k-m", None),
    ],
)
def test_a_reference_means_a_model_in_one_variant(reference: str, model: str, quantization: str, engine: str | None) -> None:
    found = Catalog().candidate(reference)
    assert found is not None
    assert (found.reference, found.model.name, found.variant.quantization, found.engine) == (reference, model, quantization, engine)


@pytest.mark.parametrize("reference", ["qwen-coder-7b-awk", "qwen-coder-7b-mxfp4", "gpt-oss-20b-ollama", "acme/one", ""])
def test_what_means_no_model_is_none(reference: str) -> None:
    assert Catalog().candidate(reference) is None


def test_a_variant_that_does_not_exist_is_explained() -> None:
    why = Catalog().absence("qwen-math-7b-awq")
    assert "not a mathematics model" in why
    assert "`qwen-math-7b-q4-k-m`" in why
    assert Catalog().absence("qwen-7b-mxfp4").startswith("It has `qwen-7b-bf16`")
    assert Catalog().absence("nothing-like-it") == ""


def test_only_the_files_that_are_named_are_opened() -> None:
    catalog = Catalog()
    catalog.candidate("Qwen/Qwen2.5-7B-Instruct-AWQ")
    assert list(catalog.sources) == ["models/qwen-7b.yaml"]


def test_facts_that_were_typed_beforehand_are_what_the_files_say() -> None:
    catalog = Catalog()
    assert [(kind, name) for kind, name in entries(catalog) if READY[digest(kind, name)]() != read(catalog, kind, name)] == []


def test_an_edited_file_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    text = entry_text("models", "qwen-7b")
    monkeypatch.setattr("aua_compile.registry.catalog.entry_text", lambda _kind, _name: text.replace("qwen2.5:7b", "mine:7b"))
    facts = Catalog().model("qwen-7b")
    assert facts is not None
    assert facts.variants["q4-k-m"].ollama_tag == "mine:7b"


def test_the_prompts_of_the_roadmap_are_there() -> None:
    for name in ("classifier_v1", "arbiter_balanced_v1", "arbiter_conservative_v1", "abstention_v1", "medical_safe_v1", "legal_safe_v1"):
        assert len(Catalog().prompt(name)) > 100


def test_shipped_facts_that_do_not_exist_are_a_bug_and_not_a_finding() -> None:
    with pytest.raises(BrokenFactsError):
        Catalog().engine("tgi")
    assert Catalog().model("none-such") is None
