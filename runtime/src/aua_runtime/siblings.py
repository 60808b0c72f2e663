"""What the first of several workers asks the others, over their private sockets, when it answers for all of them."""

import asyncio
from collections.abc import Iterable

from aua_runtime.exposition import END
from aua_runtime.statuses import OK

ANSWER_S = 2.0
"""How long a sibling may take; one that is being started again does not answer at all."""


async def asked(path: str, method: str, target: str, key: bytes | None = None, accept: str = "*/*") -> tuple[int, bytes] | None:
    """Status and body of what a sibling answers; None where it does not."""
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                held = b"authorization: Bearer %b\r\n" % key if key is not None else b""
                head = f"{method} {target} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-length: 0\r\nconnection: close\r\n"
                writer.write(head.encode() + held + b"\r\n")
                answer = await reader.read()
                while not reader.at_eof():
                    answer += await reader.read()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    first, _, body = answer.partition(b"\r\n\r\n")
    words = first.split(b" ", 2)
    return (int(words[1]), body) if len(words) > 1 and words[1].isdigit() else None


async def all_of(
    paths: Iterable[str], method: str, target: str, key: bytes | None = None, accept: str = "*/*"
) -> "list[tuple[int, bytes] | None]":
    """What each sibling answers, asked at once."""
    return await asyncio.gather(*(asked(path, method, target, key, accept) for path in paths))


def merged(texts: Iterable[bytes]) -> bytes:
    """Metric texts of several workers as one: each family once, with the samples of all. Every sample names its worker already."""
    families: dict[str, tuple[list[str], list[str]]] = {}
    end = ""
    for text in texts:
        name = ""
        for line in text.decode().splitlines():
            if line == "# EOF":
                end = END["openmetrics"]
                break
            if line.startswith("# HELP "):
                name = line.split(" ", 3)[2]
                families.setdefault(name, ([], []))
            heads, samples = families[name]
            if not line.startswith("#"):
                samples.append(line)
            elif line not in heads:
                heads.append(line)
    return "".join(f"{line}\n" for heads, samples in families.values() for line in (*heads, *samples)).encode() + end.encode()


def is_ready(answer: tuple[int, bytes] | None) -> bool:
    """Whether a sibling said that it is ready."""
    return answer is not None and answer[0] == OK
