from aua_compile.cli.lsp.documents import MODELINE as RECOGNISED
from aua_compile.modeline import MODELINE, SCHEMA_FILE


def test_the_server_knows_a_config_by_the_line_that_is_generated() -> None:
    assert RECOGNISED.search(MODELINE)
    assert MODELINE.startswith("# yaml-language-server: $schema=")
    assert MODELINE.endswith(SCHEMA_FILE)
