"""The questions of the load: 2,000 distinct ones, median 60 words and 95th percentile 400, the same in every run.

Made of the words below, apart from what the classifier was trained on and what it is judged with. They are there to be as long and as
varied as real ones; what they ask makes no sense.
"""

import json
from math import exp, log
from random import Random
from statistics import NormalDist

COUNT = 2000
MEDIAN_WORDS = 60
P95_WORDS = 400
SIGMA = log(P95_WORDS / MEDIAN_WORDS) / NormalDist().inv_cdf(0.95)
LONGEST_WORDS = 1500


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GLUE = _listed("""
    the a of to and in is that it for on with as are this be at by from or an which you not have has can will my we our
    their its if when then there what how why where who does do did should would could may must about into than more
    most only also after before each between same other both these those such very some any all one two three first last
    next still just because while until without within
""")
_PLAIN = _listed("""
    answer ask bring build call carry change check choose clear close collect compare copy count cover cut decide
    describe draw drop edge ending enough enter even evening example expect explain fact fail fall family fast few
    figure final find finish follow form friend front full garden general give glass good great green ground group grow
    half hand hard head hear heavy help high hold home hour house idea important inside instead join keep kind kitchen
    know large late lead learn leave left less letter level light line list little long look lose low make many mean
    measure meet middle mind minute miss month morning mountain move much name near need never new night note nothing
    number offer often old open order paper part pass people picture piece place plan plant play please point possible
    power present price problem produce provide put quarter question quick quiet rain reach read ready reason receive
    record remain remember repeat rest result return right ring river road room round rule run save season second see
    send separate serve several shape share short show side simple since slow small sound space speak special spend
    stand start state station stay step stone stop story street strong subject suggest summer sure table take talk
    teacher tell thing think time today together tomorrow town travel tree true try turn under understand useful usual
    value view visit voice wait walk wall want warm watch water week well while white whole wide window winter wonder
    word work world write year yellow yesterday young
""")
_SUBJECTS = (
    _listed("""
    parser thread socket container commit branch callback compiler buffer queue schema endpoint token module package
    loop class pointer cache cluster kernel migration deadlock decorator iterator python rust javascript docker sql
    regex stacktrace linter refactor unittest asyncio dataframe hashmap microservice middleware webhook yaml pipeline
    namespace bytecode
"""),
    _listed("""
    integral derivative matrix theorem polynomial prime eigenvalue probability variance equation proof lemma triangle
    vector gradient modulus factorial permutation logarithm sequence series convergence induction topology geometry
    algebra fraction divisor parabola cosine tangent hypotenuse determinant manifold graph symmetry inequality
    expectation
"""),
    _listed("""
    contract clause tenant landlord statute plaintiff defendant liability tort appeal court jurisdiction trademark
    copyright patent negligence damages warranty arbitration custody probate lease deposit settlement injunction
    testimony counsel verdict custody bail breach indemnity notary easement
"""),
    _listed("""
    recipe museum bicycle holiday guitar novel football painting weather birthday airport restaurant coffee dog cat
    movie concert camping bread cheese ocean village castle festival sunrise bakery library harbour postcard
"""),
)
_SNIPPETS = ("`x = f(y)`", "3.14", "n^2 + 1", "2026", "(see below)", "e.g.", "for i in range(10):", "§ 12", "10 %", "https://example.org/a")


def questions() -> list[str]:
    """All of them; lengths are the quantiles of a log-normal distribution, in an order drawn once."""
    random = Random(2026)
    normal = NormalDist(0.0, SIGMA)
    lengths = [min(LONGEST_WORDS, max(3, round(MEDIAN_WORDS * exp(normal.inv_cdf((index + 0.5) / COUNT))))) for index in range(COUNT)]
    random.shuffle(lengths)
    return [_question(random, _SUBJECTS[index % len(_SUBJECTS)], words) for index, words in enumerate(lengths)]


def _question(random: Random, subject: tuple[str, ...], words: int) -> str:
    sentences = []
    while words > 0:
        length = min(words, random.randint(6, 18))
        words -= length
        drawn = [_word(random, subject) for _ in range(length)]
        drawn[0] = drawn[0].capitalize()
        if length > 9:
            drawn[length // 2] += ","
        sentences.append(" ".join(drawn) + random.choice("..?"))
    return " ".join(sentences)


def _word(random: Random, subject: tuple[str, ...]) -> str:
    """Half of running text is function words; one word in eight belongs to the subject."""
    chance = random.random()
    if chance < 0.45:
        return random.choice(_GLUE)
    if chance < 0.86:
        return random.choice(_PLAIN)
    return random.choice(subject) if chance < 0.985 else random.choice(_SNIPPETS)


def bodies(model: str, *, pace: str | None = None) -> list[bytes]:
    """A chat request for each question; with `pace` for a stream that the backend sends so."""
    more = {"stream": True, "bench": pace} if pace is not None else {}
    return [
        json.dumps(
            {"model": model, "messages": [{"role": "user", "content": question}], "temperature": 0.7, "max_tokens": 256, **more},
            ensure_ascii=False,
        ).encode()
        for question in questions()
    ]
