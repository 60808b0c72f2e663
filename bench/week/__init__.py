"""A week of traffic within minutes: compiled routers run on a clock that jumps, and the real Prometheus judges what they export.

What runs is the generated package on `aua_runtime` as it is: listeners, routing, calls with their queues, breakers and probes, scores,
arbitration, the backlog of the state store, reloads, `/metrics`. Four things are made up: the clock (`clock`), the model servers
(`models`), the disk behind the backlog (`router`) and the engines' own metrics (`series`). Every scrape is one real exposition; promtool
evaluates the rules that the compiler wrote over all of them, in the same virtual time (`judge`). Its `test rules` is Prometheus' own rule
engine; a server that is given the samples later would evaluate recording rules but never tell when an alert fires.
"""
