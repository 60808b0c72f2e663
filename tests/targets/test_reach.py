from aua_compile.plan.model import Plan
from aua_compile.plan.support import APPROXIMATED, UNSUPPORTED
from aua_compile.targets import TARGETS
from tests.targets.reach import leaves, page, reached
from tests.tools import ROOT


def test_the_table_of_targets_is_what_the_targets_do() -> None:
    assert (ROOT / "docs" / "targets.md").read_text(encoding="utf-8") == page(), "run `python -m tests.targets.reach`"


def test_what_is_called_unsupported_is_not_emitted() -> None:
    for target, fields in UNSUPPORTED.items():
        assert not reached(target) & fields.keys()


def test_the_tables_name_fields_and_targets_that_exist() -> None:
    paths = set(leaves(Plan))
    for table in (UNSUPPORTED, APPROXIMATED):
        assert set(table) <= set(TARGETS)
        assert all(set(fields) <= paths for fields in table.values())
