"""`api`: the router's public face, and its second listener for operators."""

from dataclasses import field
from typing import Annotated

from aua_compile.config.declare import ENVIRONMENT_KIND, HOST, PATH, PORT, Block, Boolean, Integer, Key, ListOf, Pattern, Size
from aua_compile.frozen import dataclass

ORIGIN = Pattern(r"\*|null|https?://[^\s/]+", "an origin such as `https://app.example.org`, without a path")


@dataclass(frozen=True, slots=True)
class Management:
    """The second listener: metrics, plan and reload."""

    host: Annotated[str, Key("Loopback address it binds without containers.", HOST, what="security", differ=("127.0.0.1", "::1"))] = (
        "127.0.0.1"
    )
    port: Annotated[int, Key("Its port.", PORT, how="recreate", differ=(8001, 8011))] = 8001
    socket: Annotated[
        str | None,
        Key(
            "A Unix socket instead of the port, relative to the working folder; only without containers.",
            PATH,
            how="recreate",
            differ=("run/a.sock", "run/b.sock"),
            given={"targets": ["router"]},
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what clients may send or hold."""

    body: Annotated[int, Key("Longest request body.", Size(1024, 2**30), differ=("1MiB", "2MiB"))] = 4 * 2**20
    header: Annotated[int, Key("Longest request head.", Size(1024, 2**20), differ=("16KiB", "32KiB"))] = 32 * 2**10
    connections: Annotated[int, Key("Most connections at once.", Integer(1, 1_000_000), differ=(100, 200))] = 4096
    streams: Annotated[int, Key("Most streamed answers at once.", Integer(1, 1_000_000), differ=(100, 200))] = 1024


@dataclass(frozen=True, slots=True)
class Api:
    """The router's public face."""

    host: Annotated[
        str,
        Key(
            "Address at which the router is published: the bind address without containers, the published host address in compose.",
            HOST,
            what="security",
            how="recreate",
            differ=("127.0.0.1", "127.0.0.2"),
        ),
    ] = "127.0.0.1"
    port: Annotated[int, Key("Port of the router.", PORT, what="breaking", how="recreate", differ=(8000, 8080))] = 8000
    api_key_secret: Annotated[
        str | None,
        Key(
            "Environment variable that holds the bearer key clients must send; without it anyone may ask.",
            ENVIRONMENT_KIND,
            what="security",
            differ=("KEY_A", "KEY_B"),
        ),
    ] = None
    management: Annotated[Management, Key("The second listener, for operators.", Block(Management))] = field(default_factory=Management)
    cors_origins: Annotated[
        tuple[str, ...],
        Key(
            "Web origins whose pages may call the router.",
            ListOf(ORIGIN),
            what="security",
            how="hot_reload",
            differ=([], ["https://app.example.org"]),
        ),
    ] = ()
    cors_credentials: Annotated[
        bool,
        Key(
            "Whether those pages may send credentials.",
            Boolean(),
            what="security",
            how="hot_reload",
            differ=(True, False),
            given={"api.cors_origins": ["https://app.example.org"]},
            safer=False,
        ),
    ] = False
    allowed_hosts: Annotated[
        tuple[str, ...],
        Key(
            "`Host` headers that are answered; empty answers loopback names and the published address.",
            ListOf(Pattern(r"\*|(\*\.)?[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]", "a host name, `*.domain` or `*`")),
            what="security",
            differ=([], ["llm.example.org"]),
        ),
    ] = ()
    forwarded_allow_ips: Annotated[
        tuple[str, ...],
        Key(
            "Proxies whose `X-Forwarded-*` headers are believed.",
            ListOf(Pattern(r"\*|[0-9A-Fa-f:./]{2,49}", "an IP address, a network or `*`")),
            what="security",
            differ=([], ["127.0.0.1"]),
        ),
    ] = ()
    limits: Annotated[Limits, Key("Bounds on what clients may send or hold.", Block(Limits))] = field(default_factory=Limits)
