"""`reload`: has a running router take over the settings that lie in its folder."""

import http.client
import os
import sys

import orjson

from aua_runtime.cli.ask import asked, unreachable

_INSTEAD = {"mend": "mend the file", "rolling_restart": "restart the router with the code that they belong to"}
"""What to do where a reload cannot do it, by the word that the router answers with."""


def reload(url: str, key_env: str | None, *, as_json: bool) -> int:
    """Print what became of it: applied, unchanged, or every fault of a file that was refused."""
    told = asked(url, "POST", "/config/reload", key=os.environ.get(key_env, "") if key_env else "")
    if told is None:
        return unreachable(url)
    status, data = told
    taken = status == http.client.OK
    if as_json:
        print(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    elif taken:
        print(f"{data['outcome']}; the plan is {data['plan']}")
    else:
        print(data.get("message", "The router refused."), file=sys.stderr)
        details = data.get("details", {})
        for fault in details.get("faults", ()):
            print(f"  {fault}", file=sys.stderr)
        if details.get("apply") in _INSTEAD:
            print(f"  Instead: {_INSTEAD[details['apply']]}.", file=sys.stderr)
    return 0 if taken else 1
