"""All artifacts as one stream, for `-o -`: a tar file, because only a format with lengths keeps every text apart from the next."""

from collections.abc import Iterable
from io import BytesIO

from aua_compile.artifact import Artifact


def archive(artifacts: Iterable[Artifact]) -> bytes:
    """A POSIX tar of `artifacts`, sorted by path. Times, owners and modes are fixed, so the same artifacts give the same bytes."""
    from tarfile import PAX_FORMAT, TarFile, TarInfo

    stream = BytesIO()
    with TarFile(fileobj=stream, mode="w", format=PAX_FORMAT, encoding="utf-8") as tar:
        for artifact in sorted(artifacts, key=lambda artifact: artifact.path):
            content = artifact.text.encode()
            entry = TarInfo(artifact.path)
            entry.size = len(content)
            entry.mode = 0o755 if artifact.executable else 0o644
            tar.addfile(entry, BytesIO(content))
    return stream.getvalue()
