"""Small programs for the built-in evaluation: each with the cases that it must pass, versions that do, and versions that do not.

Nothing here is run by the simulator. The evaluation runs them; see bench/scoring.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Function:
    """A function to be written: its question, name, cases (arguments, result), and programs. The first wrong one is the popular mistake."""

    name: str
    question: str
    cases: tuple[tuple[tuple[Any, ...], Any], ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]


FUNCTIONS = (
    Function(
        "largest_gap",
        (
            "Write a Python function largest_gap(numbers) that returns the largest difference between neighbours in the sorted "
            "list, 0 for fewer than two."
        ),
        ((([3, 9, 4],), 5), (([],), 0), (([7],), 0), (([1, 1],), 0), (([-5, 5, 0],), 5)),
        (
            """
def largest_gap(numbers):
    ordered = sorted(numbers)
    return max((b - a for a, b in zip(ordered, ordered[1:])), default=0)
""",
            """
def largest_gap(numbers):
    values = sorted(numbers)
    best = 0
    for index in range(1, len(values)):
        best = max(best, values[index] - values[index - 1])
    return best
""",
        ),
        (
            """
def largest_gap(numbers):
    return max((b - a for a, b in zip(numbers, numbers[1:])), default=0)
""",
            """
def largest_gap(numbers):
    ordered = sorted(numbers)
    return ordered[-1] - ordered[0] if ordered else 0
""",
            """
def largest_gap(numbers):
    ordered = sorted(numbers)
    return max(b - a for a, b in zip(ordered, ordered[1:]))
""",
        ),
    ),
    Function(
        "count_vowels",
        "Write a Python function count_vowels(text) that counts the letters a, e, i, o, u in either case.",
        ((("Education",), 5), (("",), 0), (("AEIOU",), 5), (("rhythm",), 0), (("banana",), 3)),
        (
            """
def count_vowels(text):
    return sum(letter in 'aeiou' for letter in text.lower())
""",
            """
def count_vowels(text):
    total = 0
    for letter in text:
        if letter in 'aeiouAEIOU':
            total += 1
    return total
""",
        ),
        (
            """
def count_vowels(text):
    return sum(letter in 'aeiou' for letter in text)
""",
            """
def count_vowels(text):
    return len(set(text.lower()) & set('aeiou'))
""",
            """
def count_vowels(text):
    return sum(letter in 'aeiouy' for letter in text.lower())
""",
        ),
    ),
    Function(
        "is_palindrome",
        "Write a Python function is_palindrome(text) that ignores case and everything but letters and digits.",
        ((("A man, a plan, a canal: Panama",), True), (("",), True), (("ab",), False), (("1a1",), True)),
        (
            """
def is_palindrome(text):
    kept = [letter.lower() for letter in text if letter.isalnum()]
    return kept == kept[::-1]
""",
            """
def is_palindrome(text):
    clean = ''.join(filter(str.isalnum, text)).lower()
    return clean == clean[::-1]
""",
        ),
        (
            """
def is_palindrome(text):
    return text.lower() == text.lower()[::-1]
""",
            """
def is_palindrome(text):
    kept = [letter for letter in text if letter.isalnum()]
    return kept == kept[::-1]
""",
        ),
    ),
    Function(
        "running_total",
        "Write a Python function running_total(numbers) that returns the list of partial sums.",
        ((([1, 2, 3],), [1, 3, 6]), (([],), []), (([-1, 1],), [-1, 0])),
        (
            """
from itertools import accumulate


def running_total(numbers):
    return list(accumulate(numbers))
""",
            """
def running_total(numbers):
    total = 0
    sums = []
    for number in numbers:
        total += number
        sums.append(total)
    return sums
""",
        ),
        (
            """
def running_total(numbers):
    total = 0
    sums = []
    for number in numbers:
        sums.append(total)
        total += number
    return sums
""",
            """
def running_total(numbers):
    return [sum(numbers[:index]) for index in range(len(numbers))]
""",
            """
def running_total(numbers):
    return sum(numbers)
""",
        ),
    ),
    Function(
        "chunks",
        "Write a Python function chunks(items, size) that cuts a list into lists of that size; the last may be shorter.",
        ((([1, 2, 3], 2), [[1, 2], [3]]), (([], 3), []), (([1, 2], 2), [[1, 2]])),
        (
            """
def chunks(items, size):
    return [items[start:start + size] for start in range(0, len(items), size)]
""",
            """
def chunks(items, size):
    parts = []
    while items:
        parts.append(items[:size])
        items = items[size:]
    return parts
""",
        ),
        (
            """
def chunks(items, size):
    return [items[start:start + size] for start in range(0, len(items) - size + 1, size)]
""",
            """
def chunks(items, size):
    return [items[index::size] for index in range(size)]
""",
        ),
    ),
    Function(
        "digits_sum",
        ("Write a Python function digits_sum(number) that returns the sum of the decimal digits of an integer, negative ones included."),
        (((123,), 6), ((-45,), 9), ((0,), 0)),
        (
            """
def digits_sum(number):
    return sum(int(digit) for digit in str(abs(number)))
""",
            """
def digits_sum(number):
    number = abs(number)
    total = 0
    while number:
        number, digit = divmod(number, 10)
        total += digit
    return total
""",
        ),
        (
            """
def digits_sum(number):
    total = 0
    while number > 0:
        total += number % 10
        number //= 10
    return total
""",
            """
def digits_sum(number):
    return sum(int(digit) for digit in str(number))
""",
        ),
    ),
    Function(
        "second_largest",
        "Write a Python function second_largest(numbers) that returns the second largest distinct value, or None.",
        ((([5, 1, 5, 3],), 3), (([2],), None), (([2, 2],), None), (([1, 2],), 1)),
        (
            """
def second_largest(numbers):
    distinct = sorted(set(numbers))
    return distinct[-2] if len(distinct) > 1 else None
""",
            """
def second_largest(numbers):
    values = set(numbers)
    if len(values) < 2:
        return None
    values.remove(max(values))
    return max(values)
""",
        ),
        (
            """
def second_largest(numbers):
    return sorted(numbers)[-2] if len(numbers) > 1 else None
""",
            """
def second_largest(numbers):
    distinct = sorted(set(numbers))
    return distinct[1] if len(distinct) > 1 else None
""",
        ),
    ),
    Function(
        "leap",
        "Write a Python function leap(year) that says whether a year of the Gregorian calendar is a leap year.",
        (((2000,), True), ((1900,), False), ((2024,), True), ((2023,), False)),
        (
            """
def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
""",
            """
import calendar


def leap(year):
    return calendar.isleap(year)
""",
        ),
        (
            """
def leap(year):
    return year % 4 == 0
""",
            """
def leap(year):
    return year % 4 == 0 and year % 100 != 0
""",
        ),
    ),
    Function(
        "flatten",
        "Write a Python function flatten(items) that flattens lists nested to any depth.",
        ((([1, [2, [3, []]]],), [1, 2, 3]), (([],), []), (([[["a"]]],), ["a"])),
        (
            """
def flatten(items):
    flat = []
    for item in items:
        if isinstance(item, list):
            flat.extend(flatten(item))
        else:
            flat.append(item)
    return flat
""",
            """
def flatten(items):
    return [leaf for item in items for leaf in (flatten(item) if isinstance(item, list) else [item])]
""",
        ),
        (
            """
def flatten(items):
    return [leaf for item in items for leaf in (item if isinstance(item, list) else [item])]
""",
            """
def flatten(items):
    flat = []
    for item in items:
        if isinstance(item, list):
            flat.append(flatten(item))
        else:
            flat.append(item)
    return flat
""",
        ),
    ),
    Function(
        "compress",
        "Write a Python function compress(text) that turns runs of a letter into the letter and its count: aab becomes a2b1.",
        ((("aab",), "a2b1"), (("",), ""), (("abc",), "a1b1c1"), (("zzzz",), "z4")),
        (
            """
from itertools import groupby


def compress(text):
    return ''.join(f'{letter}{len(list(run))}' for letter, run in groupby(text))
""",
            """
def compress(text):
    parts = []
    for letter in text:
        if parts and parts[-1][0] == letter:
            parts[-1][1] += 1
        else:
            parts.append([letter, 1])
    return ''.join(f'{letter}{count}' for letter, count in parts)
""",
        ),
        (
            """
def compress(text):
    return ''.join(f'{letter}{text.count(letter)}' for letter in dict.fromkeys(text[1:]))
""",
            """
def compress(text):
    result = ''
    count = 1
    for before, letter in zip(text, text[1:]):
        if before == letter:
            count += 1
        else:
            result += f'{before}{count}'
            count = 1
    return result
""",
        ),
    ),
    Function(
        "transpose",
        "Write a Python function transpose(rows) that turns the rows of a matrix into its columns, as lists.",
        ((([[1, 2], [3, 4]],), [[1, 3], [2, 4]]), (([],), []), (([[1, 2, 3]],), [[1], [2], [3]])),
        (
            """
def transpose(rows):
    return [list(column) for column in zip(*rows)]
""",
            """
def transpose(rows):
    if not rows:
        return []
    return [[row[index] for row in rows] for index in range(len(rows[0]))]
""",
        ),
        (
            """
def transpose(rows):
    return list(zip(*rows))
""",
            """
def transpose(rows):
    return [row[::-1] for row in rows]
""",
            """
def transpose(rows):
    return [[rows[j][i] for j in range(len(rows))] for i in range(len(rows))]
""",
        ),
    ),
    Function(
        "clamp",
        "Write a Python function clamp(value, low, high) that keeps a value within two bounds.",
        (((5, 0, 3), 3), ((-1, 0, 3), 0), ((2, 0, 3), 2)),
        (
            """
def clamp(value, low, high):
    return max(low, min(value, high))
""",
            """
def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value
""",
        ),
        (
            """
def clamp(value, low, high):
    return min(low, max(value, high))
""",
            """
def clamp(value, low, high):
    return value if low < value < high else high
""",
        ),
    ),
    Function(
        "anagrams",
        "Write a Python function anagrams(one, other) that says whether two words have the same letters, in any case.",
        ((("Listen", "Silent"), True), (("aab", "abb"), False), (("", ""), True)),
        (
            """
def anagrams(one, other):
    return sorted(one.lower()) == sorted(other.lower())
""",
            """
from collections import Counter


def anagrams(one, other):
    return Counter(one.lower()) == Counter(other.lower())
""",
        ),
        (
            """
def anagrams(one, other):
    return set(one.lower()) == set(other.lower())
""",
            """
def anagrams(one, other):
    return sorted(one) == sorted(other)
""",
        ),
    ),
    Function(
        "merge",
        "Write a Python function merge(one, other) that merges two sorted lists into one sorted list.",
        ((([1, 4], [2, 3]), [1, 2, 3, 4]), (([], [1]), [1]), (([], []), [])),
        (
            """
def merge(one, other):
    return sorted(one + other)
""",
            """
from heapq import merge as merged


def merge(one, other):
    return list(merged(one, other))
""",
        ),
        (
            """
def merge(one, other):
    return one + other
""",
            """
def merge(one, other):
    return [value for pair in zip(one, other) for value in sorted(pair)]
""",
            """
def merge(one, other):
    return sorted(set(one + other))[:-1]
""",
        ),
    ),
    Function(
        "binary_search",
        "Write a Python function binary_search(items, wanted) that returns the index of a value in a sorted list, or -1.",
        ((([1, 3, 5], 3), 1), (([1, 3, 5], 4), -1), (([], 1), -1), (([1, 3, 5], 5), 2), (([1], 1), 0)),
        (
            """
def binary_search(items, wanted):
    low, high = 0, len(items) - 1
    while low <= high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
            """
from bisect import bisect_left


def binary_search(items, wanted):
    index = bisect_left(items, wanted)
    return index if index < len(items) and items[index] == wanted else -1
""",
        ),
        (
            """
def binary_search(items, wanted):
    low, high = 0, len(items) - 1
    while low < high:
        middle = (low + high) // 2
        if items[middle] == wanted:
            return middle
        if items[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return -1
""",
            """
from bisect import bisect_left


def binary_search(items, wanted):
    return bisect_left(items, wanted)
""",
        ),
    ),
    Function(
        "word_counts",
        "Write a Python function word_counts(text) that returns a dictionary of lower-case words and how often each occurs.",
        ((("To be or not to be",), {"to": 2, "be": 2, "or": 1, "not": 1}), (("",), {})),
        (
            """
from collections import Counter


def word_counts(text):
    return dict(Counter(text.lower().split()))
""",
            """
def word_counts(text):
    counts = {}
    for word in text.lower().split():
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
        ),
        (
            """
def word_counts(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return counts
""",
            """
def word_counts(text):
    return {word: text.lower().count(word) + 1 for word in text.lower().split()}
""",
        ),
    ),
    Function(
        "primes_below",
        "Write a Python function primes_below(limit) that lists the primes smaller than a limit.",
        (((10,), [2, 3, 5, 7]), ((2,), []), ((3,), [2]), ((12,), [2, 3, 5, 7, 11])),
        (
            """
def primes_below(limit):
    return [n for n in range(2, limit) if all(n % d for d in range(2, int(n ** 0.5) + 1))]
""",
            """
def primes_below(limit):
    sieve = [True] * max(limit, 2)
    found = []
    for n in range(2, limit):
        if sieve[n]:
            found.append(n)
            for multiple in range(n * n, limit, n):
                sieve[multiple] = False
    return found
""",
        ),
        (
            """
def primes_below(limit):
    return [n for n in range(2, limit) if all(n % d for d in range(2, int(n ** 0.5)))]
""",
            """
def primes_below(limit):
    return [n for n in range(2, limit + 1) if all(n % d for d in range(2, n))]
""",
            """
def primes_below(limit):
    return [n for n in range(1, limit) if all(n % d for d in range(2, n))]
""",
        ),
    ),
    Function(
        "rotate",
        "Write a Python function rotate(items, steps) that moves the last steps items of a list to its front.",
        ((([1, 2, 3], 1), [3, 1, 2]), (([], 2), []), (([1, 2], 3), [2, 1]), (([1, 2, 3], 0), [1, 2, 3])),
        (
            """
def rotate(items, steps):
    if not items:
        return []
    cut = -steps % len(items)
    return items[cut:] + items[:cut]
""",
            """
from collections import deque


def rotate(items, steps):
    turned = deque(items)
    turned.rotate(steps)
    return list(turned)
""",
        ),
        (
            """
def rotate(items, steps):
    return items[steps:] + items[:steps]
""",
            """
def rotate(items, steps):
    return items[-steps:] + items[:-steps]
""",
        ),
    ),
    Function(
        "hamming",
        "Write a Python function hamming(one, other) that counts the places where two texts differ; a longer rest counts too.",
        ((("abc", "abd"), 1), (("ab", "abcd"), 2), (("", ""), 0)),
        (
            """
def hamming(one, other):
    return sum(a != b for a, b in zip(one, other)) + abs(len(one) - len(other))
""",
            """
from itertools import zip_longest


def hamming(one, other):
    return sum(a != b for a, b in zip_longest(one, other))
""",
        ),
        (
            """
def hamming(one, other):
    return sum(a != b for a, b in zip(one, other))
""",
            """
def hamming(one, other):
    return len(set(one) ^ set(other))
""",
        ),
    ),
    Function(
        "median",
        "Write a Python function median(numbers) that returns the median of a list that is not empty.",
        ((([3, 1, 2],), 2), (([4, 1, 3, 2],), 2.5), (([5],), 5)),
        (
            """
from statistics import median as middle


def median(numbers):
    return middle(numbers)
""",
            """
def median(numbers):
    ordered = sorted(numbers)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return (ordered[half - 1] + ordered[half]) / 2
""",
        ),
        (
            """
def median(numbers):
    return sorted(numbers)[len(numbers) // 2]
""",
            """
def median(numbers):
    half = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[half]
    return (numbers[half - 1] + numbers[half]) / 2
""",
            """
def median(numbers):
    return sum(numbers) / len(numbers)
""",
        ),
    ),
    Function(
        "title_case",
        "Write a Python function title_case(text) that capitalises the first letter of each word and lowers the others.",
        ((("hELLO wORLD",), "Hello World"), (("",), ""), (("it's",), "It's")),
        (
            """
def title_case(text):
    return ' '.join(word.capitalize() for word in text.split(' '))
""",
            """
def title_case(text):
    return ' '.join(word[:1].upper() + word[1:].lower() for word in text.split(' '))
""",
        ),
        (
            """
def title_case(text):
    return text.title()
""",
            """
def title_case(text):
    return ' '.join(word[0].upper() + word[1:] for word in text.split(' '))
""",
        ),
    ),
    Function(
        "balanced",
        "Write a Python function balanced(text) that says whether round, square and curly brackets are closed in order.",
        ((("([]{})",), True), (("(]",), False), (("(",), False), (("",), True), ((")(",), False)),
        (
            """
def balanced(text):
    pairs = {')': '(', ']': '[', '}': '{'}
    open_ones = []
    for sign in text:
        if sign in pairs.values():
            open_ones.append(sign)
        elif sign in pairs and (not open_ones or open_ones.pop() != pairs[sign]):
            return False
    return not open_ones
""",
            """
def balanced(text):
    kept = ''.join(sign for sign in text if sign in '()[]{}')
    while any(pair in kept for pair in ('()', '[]', '{}')):
        for pair in ('()', '[]', '{}'):
            kept = kept.replace(pair, '')
    return not kept
""",
        ),
        (
            """
def balanced(text):
    return all(text.count(a) == text.count(b) for a, b in ('()', '[]', '{}'))
""",
            """
def balanced(text):
    depth = 0
    for sign in text:
        if sign in '([{':
            depth += 1
        elif sign in ')]}':
            depth -= 1
        if depth < 0:
            return False
    return depth == 0
""",
        ),
    ),
    Function(
        "unique",
        "Write a Python function unique(items) that drops repeated values and keeps the order of first occurrence.",
        ((([3, 1, 3, 2],), [3, 1, 2]), (([],), []), ((["b", "a", "b"],), ["b", "a"])),
        (
            """
def unique(items):
    return list(dict.fromkeys(items))
""",
            """
def unique(items):
    seen = set()
    kept = []
    for item in items:
        if item not in seen:
            seen.add(item)
            kept.append(item)
    return kept
""",
        ),
        (
            """
def unique(items):
    return sorted(set(items))
""",
            """
def unique(items):
    return [item for item in items if items.count(item) == 1]
""",
        ),
    ),
    Function(
        "to_roman",
        "Write a Python function to_roman(number) that writes an integer from 1 to 3999 in Roman numerals.",
        (((1994,), "MCMXCIV"), ((4,), "IV"), ((58,), "LVIII"), ((9,), "IX")),
        (
            """
def to_roman(number):
    signs = ((1000, 'M'), (900, 'CM'), (500, 'D'), (400, 'CD'), (100, 'C'), (90, 'XC'), (50, 'L'), (40, 'XL'))
    signs += ((10, 'X'), (9, 'IX'), (5, 'V'), (4, 'IV'), (1, 'I'))
    text = ''
    for value, sign in signs:
        count, number = divmod(number, value)
        text += sign * count
    return text
""",
            """
def to_roman(number):
    values = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
    signs = ['M', 'CM', 'D', 'CD', 'C', 'XC', 'L', 'XL', 'X', 'IX', 'V', 'IV', 'I']
    text = ''
    for value, sign in zip(values, signs):
        while number >= value:
            text += sign
            number -= value
    return text
""",
        ),
        (
            """
def to_roman(number):
    text = ''
    for value, sign in ((1000, 'M'), (500, 'D'), (100, 'C'), (50, 'L'), (10, 'X'), (5, 'V'), (1, 'I')):
        count, number = divmod(number, value)
        text += sign * count
    return text
""",
            """
def to_roman(number):
    text = ''
    signs = ((1000, 'M'), (900, 'CM'), (500, 'D'), (100, 'C'), (90, 'XC'), (50, 'L'), (10, 'X'), (9, 'IX'), (5, 'V'), (1, 'I'))
    for value, sign in signs:
        count, number = divmod(number, value)
        text += sign * count
    return text
""",
        ),
    ),
)
