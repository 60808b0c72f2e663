"""The command `sim`: its options become a simulation, which is served."""

import argparse
import sys

from aua_runtime.cli.sim.app import run
from aua_runtime.cli.sim.engine import Machine
from aua_runtime.cli.sim.profile import Behaviour, Faults, ProfileRefused, Simulation, profile_of


def simulate(options: argparse.Namespace) -> int:
    """Serve until stopped; the exit code."""
    behaviour = Behaviour(options.correctness, options.first_token_ms / 1000, options.token_ms / 1000, options.tokens, options.spread)
    faults = Faults(options.too_many, options.failed, options.cut)
    simulation = Simulation(options.seed, behaviour, {}, faults, options.log_probabilities, options.neither)
    if options.profile is not None:
        try:
            simulation = profile_of(options.profile, simulation)
        except ProfileRefused as refused:
            print(f"The profile was refused: {refused}.", file=sys.stderr)
            return 2
    machine = Machine(options.engine, options.places, options.kv_tokens) if options.engine is not None else None
    return run(options.host, options.port, tuple(options.model), simulation, machine)
