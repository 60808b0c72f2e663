"""Where a line, a decision or a value comes from, found by experiment: what changes when something else is changed.

Every phase is a pure function, so nothing needs to be marked while it runs: change one leaf of the plan, emit again, and the lines that
differ are the lines that depend on it. Such an answer cannot be out of date. Nothing here reads or writes a file.
"""
