from aua_runtime.contract import metrics
from aua_runtime.metrics import Metrics


def test_a_counter_of_which_a_share_is_taken_appears_with_all_that_it_may_end_as() -> None:
    counted = Metrics()
    counted.count(metrics.QUERIES, "law", "single", "answered")

    assert b'aua_query_total{field="law",mode="single",outcome="failed"} 0\n' in counted.text()
