"""Print what the comparison finds of planted differences, and its false alarms.

`python -m tests.translation`
"""

from __future__ import annotations

from collections import Counter

from checklist.translation_check import compare
from tests.translation.cases import RECORDS
from tests.translation.planting import found, pairs, planted


def main() -> None:
    """One table for all pairs of languages."""
    alarms = agree = 0
    for _name, source, target, original, translation in pairs():
        came = compare(original, translation, source=source, target=target)
        alarms += len(came.differences)
        agree += came.agree
        for one in came.differences:
            shown = [m and f"{m.before[-20:]}[{m.words}]" for m in (one.original, one.translation)]
            print(f"false alarm, {_name} {source}-{target}: {one.kind} {shown}")
    seen: Counter[str] = Counter()
    all_of_them: Counter[str] = Counter()
    for plant in planted():
        all_of_them[plant.kind] += 1
        seen[plant.kind] += found(plant)
        if not found(plant):
            print(f"not found, {plant.kind} {plant.source}-{plant.target}: {plant.what}")
    print(f"{len(RECORDS)} records in 4 languages: {agree} values agree, {alarms} false alarms")
    for kind, number in sorted(all_of_them.items()):
        print(f"{kind}: {seen[kind]} of {number} found")


if __name__ == "__main__":
    main()
