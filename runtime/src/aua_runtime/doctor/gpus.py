"""The GPUs of this machine against those that the plan places services on."""

import shutil
import subprocess
from collections.abc import Iterator

from aua_runtime.doctor.subject import Finding, Patient

COMMAND = ("nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits")
TIMEOUT_S = 10.0
SHORT_GIB = 0.5
"""Drivers keep some of a device's memory for themselves; less than the plan counts on by more than this is told."""


def check(patient: Patient) -> Iterator[Finding]:
    """Only where this plan starts engines on NVIDIA devices; other vendors have no tool that is always there."""
    planned = {ledger["device"]: ledger for ledger in patient.plan["ledgers"]}
    used = sorted({device for instance in patient.plan["instances"] for device in instance["devices"]} & planned.keys())
    vendor = patient.plan["hardware"]["vendor"]
    if not used:
        yield Finding("gpus", "devices", "skipped", "This plan starts nothing on a GPU.")
        return
    if vendor != "nvidia":
        yield Finding("gpus", "devices", "skipped", f"Devices of {vendor} are not looked at.")
        return
    if shutil.which(COMMAND[0]) is None:
        yield Finding(
            "gpus",
            "devices",
            "warning",
            f"The plan places services on {len(used)} GPU{'s' if len(used) > 1 else ''}, and `{COMMAND[0]}` is not here to see them.",
        )
        return
    try:
        said = subprocess.run(COMMAND, capture_output=True, text=True, check=True, timeout=TIMEOUT_S).stdout
    except (OSError, subprocess.SubprocessError) as error:
        yield Finding("gpus", "devices", "error", f"`{COMMAND[0]}` fails: {type(error).__name__}.")
        return
    found = devices(said)
    for device in used:
        yield _device(device, found.get(device), planned[device]["total_gib"], planned[device]["accelerator"])


def devices(said: str) -> dict[int, tuple[str, float]]:
    """Name and memory [GiB] of each device, from what the tool says.

    >>> devices("0, NVIDIA GeForce RTX 4090, 24564")
    {0: ('NVIDIA GeForce RTX 4090', 23.98828125)}
    """
    found = {}
    for line in said.splitlines():
        match [part.strip() for part in line.split(",")]:
            case [number, name, mib] if number.isdigit() and mib.isdigit():
                found[int(number)] = (name, int(mib) / 1024)
    return found


def _device(device: int, found: tuple[str, float] | None, total_gib: float, accelerator: str) -> Finding:
    subject = f"device {device}"
    if found is None:
        return Finding("gpus", subject, "error", f"The plan places services on device {device} ({accelerator}), which is not here.")
    name, gib = found
    if gib < total_gib - SHORT_GIB:
        return Finding("gpus", subject, "error", f"{name} has {gib:.1f} GiB; the plan counts on {total_gib:.1f} GiB ({accelerator}).")
    return Finding("gpus", subject, "ok", f"{name}, {gib:.1f} GiB, for {accelerator}")
