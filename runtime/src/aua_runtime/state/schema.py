"""The tables of both stores, as the migrations that make them. One that has been released is never edited: stores keep its checksum.

A client chooses its request's id and may choose one twice; as a key it would also be dear, because it falls anywhere in an index. So a
request has a number that rises with each commit, and every table is written at its end only.
"""

from aua_runtime.state.migrations import Migration

REQUEST = (
    "id",
    "trace_id",
    "session_id",
    "at",  # seconds since 1970
    "dialect",
    "stream",
    "model",
    "outcome",
    "error",
    "finish_reason",
    "specialist",
    "duration_s",
    "first_token_s",
    "utility",
    "efficacy",
    "confidence",
    "curiosity",
    "plan",
    "mode",  # this and the following are its routing trace; null when it was refused before it had a route
    "reason",
    "field",
    "probability",
    "specialists",
)
CALL = (
    "position",
    "specialist",
    "status",
    "error",
    "prompt_tokens",
    "completion_tokens",
    "started_s",  # since the request came
    "duration_s",
    "first_token_s",
    "cost_micro",  # millionths of the currency of the prices; null when no price is known or the server told no usage
    "cached_tokens",  # of the prompt's; null in rows of earlier releases, as is the following
    "prices",  # the id of the prices by which the cost was reckoned
)
VERDICT = (
    "position",
    "verdict",
    "confidence",  # where welfare decided, the winner's
    "basis",
    "usable",
    "payment",  # the winner's Clarke pivot; null where welfare did not decide
)
"""Columns as the last migration leaves them, without the request's number, which comes first in each table."""

_ROUTES = """CREATE VIEW {}routes AS
SELECT number AS request, mode, reason, field, probability, specialists FROM {}requests WHERE mode IS NOT NULL"""

SQLITE = (
    Migration(
        1,
        "first tables",
        (
            """CREATE TABLE requests (
    id TEXT NOT NULL, trace_id TEXT NOT NULL, session_id TEXT NOT NULL, at REAL NOT NULL, dialect TEXT NOT NULL, stream INTEGER NOT NULL,
    model TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT, finish_reason TEXT, specialist TEXT, duration_s REAL NOT NULL,
    first_token_s REAL, utility REAL, efficacy REAL, confidence REAL, curiosity REAL, plan TEXT NOT NULL
) STRICT""",
            """CREATE TABLE routes (
    request_id TEXT NOT NULL, mode TEXT NOT NULL, reason TEXT NOT NULL, field TEXT NOT NULL, probability REAL NOT NULL,
    specialists TEXT NOT NULL
) STRICT""",
            """CREATE TABLE verdicts (
    request_id TEXT NOT NULL, position INTEGER NOT NULL, verdict TEXT NOT NULL, confidence REAL NOT NULL, basis TEXT NOT NULL,
    usable INTEGER NOT NULL
) STRICT""",
            """CREATE TABLE usage (
    request_id TEXT NOT NULL, position INTEGER NOT NULL, specialist TEXT NOT NULL, status INTEGER, error TEXT,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, started_s REAL NOT NULL, duration_s REAL, first_token_s REAL
) STRICT""",
            "CREATE INDEX requests_by_at ON requests (at)",
            "CREATE INDEX routes_by_request_id ON routes (request_id)",
            "CREATE INDEX verdicts_by_request_id ON verdicts (request_id)",
            "CREATE INDEX usage_by_request_id ON usage (request_id)",
        ),
    ),
    # Of several requests with one id, the k-th route, calls and verdicts go to the k-th request.
    Migration(
        2,
        "numbered requests, cost of calls",
        (
            "ALTER TABLE requests RENAME TO old_requests",
            "ALTER TABLE routes RENAME TO old_routes",
            "ALTER TABLE verdicts RENAME TO old_verdicts",
            "ALTER TABLE usage RENAME TO old_usage",
            """CREATE TABLE requests (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL, trace_id TEXT NOT NULL, session_id TEXT NOT NULL, at REAL NOT NULL, dialect TEXT NOT NULL, stream INTEGER NOT NULL,
    model TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT, finish_reason TEXT, specialist TEXT, duration_s REAL NOT NULL,
    first_token_s REAL, utility REAL, efficacy REAL, confidence REAL, curiosity REAL, plan TEXT NOT NULL,
    mode TEXT, reason TEXT, field TEXT, probability REAL, specialists TEXT
) STRICT""",
            """CREATE TABLE usage (
    request INTEGER NOT NULL, position INTEGER NOT NULL, specialist TEXT NOT NULL, status INTEGER, error TEXT,
    prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, started_s REAL NOT NULL, duration_s REAL, first_token_s REAL,
    cost_micro INTEGER, PRIMARY KEY (request, position)
) STRICT, WITHOUT ROWID""",
            """CREATE TABLE verdicts (
    request INTEGER NOT NULL, position INTEGER NOT NULL, verdict TEXT NOT NULL, confidence REAL NOT NULL, basis TEXT NOT NULL,
    usable INTEGER NOT NULL, PRIMARY KEY (request, position)
) STRICT, WITHOUT ROWID""",
            """CREATE TABLE numbered AS
SELECT rowid AS number, id, row_number() OVER (PARTITION BY id ORDER BY rowid) AS nth FROM old_requests""",
            "CREATE UNIQUE INDEX numbered_by_id ON numbered (id, nth)",
            """INSERT INTO requests
SELECT n.number, r.id, r.trace_id, r.session_id, r.at, r.dialect, r.stream, r.model, r.outcome, r.error, r.finish_reason, r.specialist,
    r.duration_s, r.first_token_s, r.utility, r.efficacy, r.confidence, r.curiosity, r.plan, NULL, NULL, NULL, NULL, NULL
FROM old_requests AS r JOIN numbered AS n ON n.number = r.rowid""",
            """UPDATE requests
SET mode = t.mode, reason = t.reason, field = t.field, probability = t.probability, specialists = t.specialists
FROM (SELECT *, row_number() OVER (PARTITION BY request_id ORDER BY rowid) AS nth FROM old_routes) AS t
JOIN numbered AS n ON n.id = t.request_id AND n.nth = t.nth
WHERE requests.number = n.number""",
            """INSERT INTO usage
SELECT n.number, u.position, u.specialist, u.status, u.error, u.prompt_tokens, u.completion_tokens, u.started_s, u.duration_s,
    u.first_token_s, NULL
FROM (SELECT *, sum(position = 0) OVER (PARTITION BY request_id ORDER BY rowid) AS nth FROM old_usage) AS u
JOIN numbered AS n ON n.id = u.request_id AND n.nth = u.nth""",
            """INSERT INTO verdicts
SELECT n.number, v.position, v.verdict, v.confidence, v.basis, v.usable
FROM (SELECT *, sum(position = 0) OVER (PARTITION BY request_id ORDER BY rowid) AS nth FROM old_verdicts) AS v
JOIN numbered AS n ON n.id = v.request_id AND n.nth = v.nth""",
            "DROP TABLE numbered",
            "DROP TABLE old_usage",
            "DROP TABLE old_verdicts",
            "DROP TABLE old_routes",
            "DROP TABLE old_requests",
            _ROUTES.format("", ""),
        ),
    ),
    Migration(3, "payment of a verdict", ("ALTER TABLE verdicts ADD COLUMN payment REAL",)),
    Migration(
        4,
        "prices of a call",
        ("ALTER TABLE usage ADD COLUMN cached_tokens INTEGER", "ALTER TABLE usage ADD COLUMN prices TEXT"),
    ),
)

POSTGRES = (
    Migration(
        1,
        "first tables",
        (
            """CREATE TABLE aua.requests (
    id text NOT NULL, trace_id text NOT NULL, session_id text NOT NULL, at double precision NOT NULL, dialect text NOT NULL,
    stream bigint NOT NULL, model text NOT NULL, outcome text NOT NULL, error text, finish_reason text, specialist text,
    duration_s double precision NOT NULL, first_token_s double precision, utility double precision, efficacy double precision,
    confidence double precision, curiosity double precision, plan text NOT NULL
)""",
            """CREATE TABLE aua.routes (
    request_id text NOT NULL, mode text NOT NULL, reason text NOT NULL, field text NOT NULL, probability double precision NOT NULL,
    specialists text NOT NULL
)""",
            """CREATE TABLE aua.verdicts (
    request_id text NOT NULL, position bigint NOT NULL, verdict text NOT NULL, confidence double precision NOT NULL, basis text NOT NULL,
    usable bigint NOT NULL
)""",
            """CREATE TABLE aua.usage (
    request_id text NOT NULL, position bigint NOT NULL, specialist text NOT NULL, status bigint, error text,
    prompt_tokens bigint NOT NULL, completion_tokens bigint NOT NULL, started_s double precision NOT NULL, duration_s double precision,
    first_token_s double precision
)""",
            "CREATE INDEX requests_by_at ON aua.requests (at)",
            "CREATE INDEX routes_by_request_id ON aua.routes (request_id)",
            "CREATE INDEX verdicts_by_request_id ON aua.verdicts (request_id)",
            "CREATE INDEX usage_by_request_id ON aua.usage (request_id)",
        ),
    ),
    # As in SQLite; `ctid` is the order in which rows came, as long as none was changed.
    Migration(
        2,
        "numbered requests, cost of calls",
        (
            "ALTER TABLE aua.requests RENAME TO old_requests",
            "ALTER TABLE aua.routes RENAME TO old_routes",
            "ALTER TABLE aua.verdicts RENAME TO old_verdicts",
            "ALTER TABLE aua.usage RENAME TO old_usage",
            """CREATE TABLE aua.requests (
    number bigint CONSTRAINT request_number PRIMARY KEY,
    id text NOT NULL, trace_id text NOT NULL, session_id text NOT NULL, at double precision NOT NULL, dialect text NOT NULL,
    stream bigint NOT NULL, model text NOT NULL, outcome text NOT NULL, error text, finish_reason text, specialist text,
    duration_s double precision NOT NULL, first_token_s double precision, utility double precision, efficacy double precision,
    confidence double precision, curiosity double precision, plan text NOT NULL,
    mode text, reason text, field text, probability double precision, specialists text
)""",
            """CREATE TABLE aua.usage (
    request bigint NOT NULL, position bigint NOT NULL, specialist text NOT NULL, status bigint, error text,
    prompt_tokens bigint NOT NULL, completion_tokens bigint NOT NULL, started_s double precision NOT NULL, duration_s double precision,
    first_token_s double precision, cost_micro bigint, CONSTRAINT usage_position PRIMARY KEY (request, position)
)""",
            """CREATE TABLE aua.verdicts (
    request bigint NOT NULL, position bigint NOT NULL, verdict text NOT NULL, confidence double precision NOT NULL, basis text NOT NULL,
    usable bigint NOT NULL, CONSTRAINT verdict_position PRIMARY KEY (request, position)
)""",
            """CREATE TABLE aua.numbered AS
SELECT row_number() OVER (ORDER BY ctid) AS number, ctid AS place, id, row_number() OVER (PARTITION BY id ORDER BY ctid) AS nth
FROM aua.old_requests""",
            "CREATE UNIQUE INDEX numbered_by_id ON aua.numbered (id, nth)",
            """INSERT INTO aua.requests
SELECT n.number, r.id, r.trace_id, r.session_id, r.at, r.dialect, r.stream, r.model, r.outcome, r.error, r.finish_reason, r.specialist,
    r.duration_s, r.first_token_s, r.utility, r.efficacy, r.confidence, r.curiosity, r.plan, t.mode, t.reason, t.field, t.probability,
    t.specialists
FROM aua.old_requests AS r
JOIN aua.numbered AS n ON n.place = r.ctid
LEFT JOIN (SELECT *, row_number() OVER (PARTITION BY request_id ORDER BY ctid) AS nth FROM aua.old_routes) AS t
    ON t.request_id = n.id AND t.nth = n.nth""",
            """INSERT INTO aua.usage
SELECT n.number, u.position, u.specialist, u.status, u.error, u.prompt_tokens, u.completion_tokens, u.started_s, u.duration_s,
    u.first_token_s, NULL
FROM (SELECT *, sum((position = 0)::int) OVER (PARTITION BY request_id ORDER BY ctid) AS nth FROM aua.old_usage) AS u
JOIN aua.numbered AS n ON n.id = u.request_id AND n.nth = u.nth""",
            """INSERT INTO aua.verdicts
SELECT n.number, v.position, v.verdict, v.confidence, v.basis, v.usable
FROM (SELECT *, sum((position = 0)::int) OVER (PARTITION BY request_id ORDER BY ctid) AS nth FROM aua.old_verdicts) AS v
JOIN aua.numbered AS n ON n.id = v.request_id AND n.nth = v.nth""",
            "DROP TABLE aua.numbered, aua.old_usage, aua.old_verdicts, aua.old_routes, aua.old_requests",
            "CREATE SEQUENCE aua.numbers",
            "SELECT setval('aua.numbers', 1 + (SELECT coalesce(max(number), 0) FROM aua.requests), false)",
            _ROUTES.format("aua.", "aua."),
        ),
    ),
    Migration(3, "payment of a verdict", ("ALTER TABLE aua.verdicts ADD COLUMN payment double precision",)),
    Migration(
        4,
        "prices of a call",
        ("ALTER TABLE aua.usage ADD COLUMN cached_tokens bigint", "ALTER TABLE aua.usage ADD COLUMN prices text"),
    ),
)
