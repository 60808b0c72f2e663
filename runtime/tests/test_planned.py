import orjson
from aua_runtime.metrics import Metrics
from aua_runtime.planned import note, planned

GIB = 1024**3


def plan(digest: str, *entries: tuple[str, float], free_gib: float = 1.0) -> bytes:
    total_gib = sum(size for _, size in entries) + free_gib
    listed = [{"instance": name, "service": name, "weights_gib": size - 0.5, "kv_pool_gib": 0.5} for name, size in entries]
    ledger = {"device": 0, "total_gib": total_gib, "free_gib": free_gib, "entries": listed}
    return orjson.dumps({"digests": {"plan": digest, "router": "r"}, "ledgers": [ledger] if listed else []})


def told(counted: Metrics) -> dict[str, float]:
    lines = (line for line in counted.text().decode().splitlines() if "memory" in line and not line.startswith("#"))
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) / GIB for line in lines}


def test_the_memory_that_a_plan_gives_is_told_by_device_and_by_engine() -> None:
    counted = Metrics()
    note(counted, "shop", planned(plan("1", ("swe", 6.0), ("math", 4.0), ("math", 2.0))))

    assert told(counted) == {
        'aua_device_memory_bytes{device="0"}': 13,
        'aua_device_memory_planned_bytes{device="0"}': 12,
        'aua_engine_memory_planned_bytes{engine="swe"}': 6,
        'aua_engine_memory_planned_bytes{engine="math"}': 6,
    }


def test_what_another_plan_told_is_gone() -> None:
    counted = Metrics()
    note(counted, "shop", planned(plan("1", ("swe", 6.0))))
    note(counted, "shop", planned(plan("2")))

    assert told(counted) == {}
    assert 'aua_plan_info{deployment="shop",digest="2",router="r"} 1' in counted.text().decode()
    assert 'digest="1"' not in counted.text().decode()
