from tests.schemas import ROOT, made


def test_the_schemas_and_the_reference_page_are_what_the_types_say() -> None:
    stale = [path for path, text in made().items() if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text]
    assert not stale, "run `make schemas`"
