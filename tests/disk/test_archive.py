import io
import tarfile

from aua_compile.disk import archive
from tests.disk.trees import texts, version


def test_the_archive_holds_every_artifact_with_its_mode() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(version(0)))) as tar:
        held = {member.name: tar.extractfile(member).read().decode() for member in tar}  # type: ignore[union-attr]
        modes = {member.name: member.mode for member in tar}
    assert held == texts(version(0))
    assert modes["run.sh"] == 0o755
    assert modes["router/stays0.py"] == 0o644


def test_the_same_artifacts_give_the_same_archive_in_any_order() -> None:
    assert archive(version(0)) == archive(reversed(version(0)))
