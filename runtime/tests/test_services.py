from aua_runtime.services import ENTROPY_PAGE, Entropy


def test_random_bytes_are_never_given_twice() -> None:
    entropy = Entropy()
    drawn = [entropy(16) for _ in range(3 * ENTROPY_PAGE // 16)]
    assert len(set(drawn)) == len(drawn)
    assert {len(part) for part in drawn} == {32}


def test_sizes_that_do_not_divide_a_page_are_served_whole() -> None:
    entropy = Entropy()
    assert all(len(entropy(size)) == 2 * size for size in (7, 1000, 3000, 4096, 1) * 3)
