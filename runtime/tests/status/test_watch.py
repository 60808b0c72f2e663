import json

from aua_runtime.status.watch import Fetch, Watch
from pictures import ENGINE, PLAN, counted

ABOUT = {"deployment": "shop", "plan": "5f" * 32}
READY = {"status": "ready", "state": True, "breakers": {"s0": "closed"}}


def fetching(asked: list[str], **answers: object) -> Fetch:
    """A deployment of one router and one engine; an answer is (status, text), or None where nobody answers."""
    known: dict[str, object] = {
        "/health/ready": (200, json.dumps(READY)),
        "/version": (200, json.dumps(ABOUT)),
        "/metrics": (200, counted(1, 1).text().decode()),
        "/plan": (200, json.dumps(PLAN)),
        ":9001/metrics": (200, ENGINE),
        **answers,
    }

    def fetch(url: str, path: str, key: str) -> tuple[int, bytes] | None:
        asked.append(f"{url}{path}{f' with {key}' if key else ''}")
        answer = known.get(f":{url.rpartition(':')[2]}{path}", known.get(path))
        return (answer[0], answer[1].encode()) if isinstance(answer, tuple) else None

    return fetch


def watch(fetch: Fetch, engines: dict[str, str] | None = None) -> Watch:
    return Watch(("http://10.0.0.7:8001",), "secret", engines or {}, fetch, 15.0, clock=lambda: 0.0, wall=lambda: 200.0)


def test_engines_are_asked_at_the_routers_host_and_the_plan_once_with_the_key() -> None:
    asked: list[str] = []
    it = watch(fetching(asked))
    it.look()
    picture = it.look()
    assert picture.machines is not None
    (engine,) = picture.machines.engines
    assert (engine.answers, engine.running, engine.waiting, engine.kv_cache) == (True, 3, 2, 0.97)
    assert asked.count("http://10.0.0.7:8001/plan with secret") == 1
    assert asked.count("http://10.0.0.7:9001/metrics") == 2


def test_an_engine_may_be_elsewhere_or_away() -> None:
    asked: list[str] = []
    picture = watch(fetching(asked, **{":9001/metrics": None, ":9100/metrics": (200, ENGINE)}), {"s0": "http://10.0.0.9:9100"}).look()
    assert picture.machines is not None
    assert picture.machines.engines[0].answers
    assert "http://10.0.0.9:9100/metrics" in asked
    away = watch(fetching([], **{":9001/metrics": None})).look().machines
    assert away is not None
    assert away.engines[0].answers is False


def test_a_plan_that_is_not_told_leaves_everything_else() -> None:
    for answer, why in (((401, "{}"), "--key-env"), (None, "not told"), ((200, "[]"), "status 200"), ((500, "oops"), "status 500")):
        picture = watch(fetching([], **{"/plan": answer})).look()
        assert picture.machines is None
        assert why in picture.no_machines
        assert picture.figures is not None


def test_what_is_no_router_is_told_as_such() -> None:
    for answers in ({"/version": (404, "<html>")}, {"/version": (200, "[]")}, {"/health/ready": (200, '"ready"')}):
        picture = watch(fetching([], **answers)).look()
        assert picture.reading is None
        assert "no router" in picture.routers[0].why
        assert not picture.ready


def test_a_router_that_answers_again_is_seen_again() -> None:
    answers: dict[str, object] = {"/health/ready": None}
    it = watch(fetching([], **answers))
    assert it.look().routers[0].why == "nobody answers"
    it.fetch = fetching([])
    assert it.look().ready
