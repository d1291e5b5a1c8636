"""Claim: from one person's caption, the matcher finds the segments of what is in the picture more often than keywords
or TF-IDF do, and its probabilities are about right.

The captions pack has no boxes. What is in an image is what at least two of its OTHER captions name: COCO's 80
categories by their nouns and usual synonyms, each mapped to one segment or to none (a traffic light sells nothing). The
held caption is never part of the truth. Images are split by id: weights are fitted on one half, everything is measured
on the other. All three ways choose among the same segments, those that a category maps to, from the same captions;
captions that the deny-list refuses (mostly: they name a child) are left out for everyone and counted. Keywords and TF-
IDF get the same nouns, synonyms, singulars and longest-match rule as the matcher, so what is left is what meaning adds.

`python benchmarks/segment_matching.py CAPTIONS.jsonl.gz [--fit] [--limit N]`; --fit writes the package's weights.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

from genmark.audience.denial import refusal
from genmark.audience.lexicon import Lexicon
from genmark.audience.matching import Matcher
from genmark.audience.meaning import Embedder, open_embedder
from genmark.audience.phrases import noun_phrases, tokens
from genmark.audience.segments import Segment, load_segments
from genmark.audience.signals import MEANT, SPOKEN
from genmark.audience.weights import Weights, fit_weights, shipped_weights

WITNESSES, SEED, DRAWS = 2, 20261121, 2000
WEIGHTS = Path(__file__).resolve().parents[1] / "genmark/audience/weights.toml"

CATEGORIES = """
bicycle|bike|bicyclist = cycling
car|sedan|taxi|suv|jeep = cars
motorcycle|motorbike|moped|scooter = motorcycles
airplane|plane|jet|airliner|aircraft|jetliner = air-travel
bus|double decker = public-transport
train|locomotive = rail-travel
truck|pickup|pickup truck|van|semi = trucks
boat|ship|sailboat|canoe|kayak|ferry|yacht = boating
bird|duck|pigeon|seagull|parrot|goose|owl|swan|pelican = birds
cat|kitten|kitty = cats
dog|puppy|pup = dogs
horse|pony|foal = horses
sheep|lamb|ewe|ram = farm
cow|cattle|bull|calf|ox = farm
elephant = wildlife
bear|grizzly|polar bear|panda = wildlife
zebra = wildlife
giraffe = wildlife
backpack|knapsack = bags
umbrella|parasol = rainwear
handbag|purse = bags
tie|necktie|bow tie = menswear
suitcase|luggage = luggage
frisbee = park-games
ski|skier = winter-sports
snowboard|snowboarder = winter-sports
kite = park-games
baseball bat|bat = baseball
baseball glove|mitt = baseball
skateboard|skateboarder = skateboarding
surfboard|surf board|surfer = surfing
tennis racket|tennis racquet|racket|racquet = tennis
wine glass|cup|mug|fork|knife|spoon|bowl = tableware
banana|apple|broccoli|carrot = fresh-produce
sandwich|hot dog|pizza|burger|hamburger = fast-food
donut|doughnut|cake|cupcake = bakery
chair|armchair|couch|sofa|loveseat = living-room
potted plant|houseplant|plant = houseplants
bed = bedroom
dining table|kitchen table|dinner table = dining-furniture
toilet|urinal = bathroom
tv|television|remote|remote control = tv
laptop|mouse|computer mouse|keyboard|computer = computers
cell phone|phone|cellphone|smartphone|mobile phone = phones
microwave|oven|toaster|refrigerator|fridge|stove = kitchen-appliances
book = books
clock = interior
vase = flowers
scissors = crafts
teddy bear|stuffed animal|stuffed bear = toys
hair dryer|hair drier|blow dryer = hair-salon
toothbrush = oral-care
fire truck|toy train|train station|bus stop|bus station|boat dock|car seat|cow bell|dog house|cat food = -
orange juice|horse carriage|sheep dog|bear cub statue|hot dog bun|cup cake|toilet paper|toilet brush|bird house = -
traffic light|fire hydrant|stop sign|parking meter|bench|person|bottle|sink|sports ball = -
"""
"""Nouns and usual synonyms of a category = the segment that it speaks for. The last three lines hide what looks like a
category and is none of these."""


@dataclass(frozen=True)
class Case:
    """One image: the held caption and the segments (numbers) that at least two other captions vouch for."""

    image: int
    caption: str
    truth: frozenset[int]


def read_categories(segments: Sequence[Segment]) -> tuple[Lexicon, list[int]]:
    """A lexicon over all segments' numbers, and the numbers that some category maps to."""
    number = {segment.id: place for place, segment in enumerate(segments)}
    nouns: list[list[str]] = [[] for _ in range(len(segments) + 1)]  # the last is nobody's
    for line in CATEGORIES.strip().splitlines():
        words, _, segment = line.rpartition(" = ")
        nouns[len(segments) if segment == "-" else number[segment]] += words.split("|")
    return Lexicon(nouns, [()] * len(nouns)), [place for place, own in enumerate(nouns[:-1]) if own]


def read_cases(path: Path, segments: Sequence[Segment], limit: int) -> tuple[list[Case], list[int]]:
    """One case an image, in the order of the ids: the held caption is drawn by the image's id."""
    lexicon, judged = read_categories(segments)
    captions: dict[int, list[str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            captions.setdefault(row["image_id"], []).append(row["caption"])
    cases = []
    for image in sorted(captions)[: limit or None]:
        own = captions[image]
        held = int(np.random.default_rng([SEED, image]).integers(len(own)))
        votes: Counter[int] = Counter()
        for other in own[:held] + own[held + 1 :]:
            votes.update(set().union(*(owners for _, owners in lexicon.hits(tokens(other)))))
        truth = frozenset(place for place, count in votes.items() if count >= WITNESSES and place < len(segments))
        cases.append(Case(image, own[held], truth))
    return cases, judged


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """To fit and to measure, by a draw from each image's id."""
    to_fit = [bool(np.random.default_rng([SEED, case.image, 1]).integers(2)) for case in cases]
    fit = [case for case, mine in zip(cases, to_fit, strict=True) if mine]
    return fit, [case for case, mine in zip(cases, to_fit, strict=True) if not mine]


Ranker = Callable[[str], np.ndarray]
"""A caption to a score for each segment, float64 (S,); 0 is "nothing said"."""


def keyword_ranker(segments: Sequence[Segment]) -> Ranker:
    """How often a segment's name and nouns are in the caption, the longest match first; the earlier wins a tie."""
    lexicon = Lexicon([(*own.nouns, own.name) for own in segments], [own.unlike for own in segments])

    def rank(caption: str) -> np.ndarray:
        scores = np.zeros(len(segments))
        for place, (_, owners) in enumerate(lexicon.hits(tokens(caption))):
            scores[list(owners)] += 1.0 - 0.001 * place
        return scores

    return rank


def tfidf_ranker(segments: Sequence[Segment], corpus: Sequence[str]) -> Ranker:
    """Cosine of TF-IDF of the caption and of all that a segment says, idf over the fitting captions and segments."""
    texts = [tokens(" ".join((own.name, own.description, *own.examples, *own.nouns))) for own in segments]
    counts = Counter(word for said in (*texts, *map(tokens, corpus)) for word in set(said))
    total = len(texts) + len(corpus)
    place = {word: number for number, word in enumerate(sorted(counts))}
    idf = np.array([np.log((1 + total) / (1 + counts[word])) + 1 for word in place])

    def row(said: Sequence[str]) -> np.ndarray:
        vector = np.zeros(len(place))
        for word, count in Counter(said).items():
            if word in place:
                vector[place[word]] = count
        vector *= idf
        return vector / (np.linalg.norm(vector) or 1.0)

    table = np.stack([row(said) for said in texts])
    return lambda caption: table @ row(tokens(caption))


def matcher_scores(
    segments: Sequence[Segment], embedder: Embedder | None, weights: Weights, cases: Sequence[Case]
) -> np.ndarray:
    """Probability of each segment for each case, float64 (N, S)."""
    matcher = Matcher(segments, embedder, weights=weights)
    return np.stack([weights.probability(table) for table in matcher_table(matcher, cases)])


def matcher_table(matcher: Matcher, cases: Sequence[Case]) -> list[np.ndarray]:
    """Signals of each case, float64 (S, F)."""
    return [matcher.signals(case.caption) for case in cases]


def measure(scores: np.ndarray, cases: Sequence[Case], judged: Sequence[int], floor: float) -> Mapping[str, np.ndarray]:
    """Per image: was the first choice right, how many of the first three are, how many were said, was one said."""
    first, right, said, answered = (np.zeros(len(cases)) for _ in range(4))
    for row, case in enumerate(cases):
        order = sorted(judged, key=lambda place: (-scores[row, place], place))
        chosen = [place for place in order[:3] if scores[row, place] >= floor]
        first[row] = bool(chosen) and chosen[0] in case.truth
        right[row], said[row], answered[row] = len(case.truth & set(chosen)), len(chosen), bool(chosen)
    wanted = np.array([min(3, len(case.truth)) for case in cases])
    return {"first": first, "right": right, "said": said, "answered": answered, "wanted": wanted}


def rates(found: Mapping[str, np.ndarray], pick: np.ndarray | slice = slice(None)) -> dict[str, float]:
    """Ratios over a sample of images."""
    total = {name: float(values[pick].sum()) for name, values in found.items()}
    images = len(found["first"][pick])
    return {
        "hit@1": total["first"] / images,
        "precision@1": total["first"] / max(total["answered"], 1.0),
        "precision@3": total["right"] / max(total["said"], 1.0),
        "recall@3": total["right"] / max(total["wanted"], 1.0),
        "coverage": total["answered"] / images,
    }


def at_coverage(scores: np.ndarray, judged: Sequence[int], coverage: float) -> float:
    """The floor at which this share of the images is answered."""
    return float(np.quantile(scores[:, judged].max(axis=1), 1.0 - coverage)) if coverage < 1.0 else -np.inf


def intervals(found: Mapping[str, Mapping[str, np.ndarray]], against: str) -> None:
    """Print every rate with its 95 % interval, and the paired difference of `against` to every other."""
    rng = np.random.default_rng(SEED)
    images = len(found[against]["first"])
    draws = [rng.integers(images, size=images) for _ in range(DRAWS)]
    sampled = {name: [rates(table, draw) for draw in draws] for name, table in found.items()}
    for name, table in found.items():
        for rate, value in rates(table).items():
            low, high = np.quantile([draw[rate] for draw in sampled[name]], [0.025, 0.975])
            line = f"{name:22} {rate:12} {value:.3f} [{low:.3f}, {high:.3f}]"
            if name != against:
                apart = [
                    ours[rate] - theirs[rate] for ours, theirs in zip(sampled[against], sampled[name], strict=True)
                ]
                gap = rates(found[against])[rate] - value
                line += (
                    f"   ours ahead by {gap:+.3f} [{np.quantile(apart, 0.025):+.3f}, {np.quantile(apart, 0.975):+.3f}]"
                )
            print(line)


def fit(
    segments: Sequence[Segment], embedder: Embedder | None, cases: Sequence[Case], judged: Sequence[int]
) -> Weights:
    """Weights from the judged segments of the fitting half, with all nouns and with few: operators write either. `sure`
    is the probability that gives the best F1 of all that is said on that half."""
    tables = []
    for audience in (segments, shortened(segments)):
        blank = Matcher(audience, embedder, weights=Weights((), (), 0.0, 0.0))
        tables.append(np.stack(matcher_table(blank, cases)))
    names = SPOKEN if embedder is None else SPOKEN + MEANT
    right = np.array([[place in case.truth for place in judged] for case in cases])
    signals = np.concatenate([table[:, judged].reshape(-1, len(names)) for table in tables])
    truth = np.tile(right.ravel(), 2)
    weights = fit_weights(names, signals, truth.astype(float), 0.5)
    chances = weights.probability(signals)

    def f1(sure: float) -> float:
        said = chances >= sure
        return 2.0 * float((said & truth).sum()) / float(said.sum() + truth.sum())

    return replace(weights, sure=max(GRID, key=f1))


def shortened(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same audience as someone in a hurry writes it: three nouns each."""
    return tuple(replace(segment, nouns=segment.nouns[:3]) for segment in segments)


def calibration(scores: np.ndarray, cases: Sequence[Case], judged: Sequence[int]) -> tuple[float, float]:
    """Expected calibration error (15 bins) of "this segment is right" over every judged segment of at least 0.05, and
    the 95th percentile of what a perfect calibration would show on as many."""
    right = np.array([[place in case.truth for place in judged] for case in cases], float)
    kept = scores[:, judged] >= 0.05
    chances, right = scores[:, judged][kept], right[kept]
    bins = np.minimum((chances * 15).astype(int), 14)

    def gap(truth: np.ndarray) -> float:
        return float(np.abs(np.bincount(bins, chances - truth, 15)).sum() / len(bins))

    rng = np.random.default_rng(SEED)
    return gap(right), float(np.quantile([gap(rng.random(len(bins)) < chances) for _ in range(400)], 0.95))


def write_weights(found: Mapping[str, tuple[Weights, int, float, float]]) -> None:
    """The file that the package reads."""
    lines = [
        "# How much each signal counts in matching captions with segments, see genmark/audience/weights.py.",
        "# Fitted on captions of COCO val2017 (COCO Consortium, CC BY 4.0) by benchmarks/segment_matching.py --fit;",
        "# error: calibration error on images that it did not see; chance: the 95th percentile of a perfect one's.",
    ]
    for name, (weights, images, error, chance) in found.items():
        lines += ["", f"[{name}]", f"bias = {weights.bias:.6f}", f"sure = {weights.sure}", f"images = {images}"]
        lines += [f"error = {error:.4f}", f"chance = {chance:.4f}", "", f"[{name}.signals]"]
        lines += [f'"{signal}" = {value:.6f}' for signal, value in zip(weights.names, weights.values, strict=True)]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def throughput(segments: Sequence[Segment], embedder: Embedder, cases: Sequence[Case]) -> None:
    """Captions a second, whole matcher: one by one and in batch, none of them seen before."""
    captions = [(case.caption, ()) for case in cases]
    half = len(captions) // 2
    for name, part, run in (
        ("one by one", captions[:half], lambda matcher, part: [matcher(*caption) for caption in part]),
        ("in batch", captions[half:], lambda matcher, part: list(matcher.stream(part))),
    ):
        matcher = Matcher(segments, embedder)
        wall, cores = perf_counter(), process_time()
        run(matcher, part)
        wall, cores = perf_counter() - wall, process_time() - cores
        print(f"{name:10} {len(part) / wall:7.0f} captions/s by the wall, {len(part) / cores:7.0f} by core time")


def main() -> None:
    """Print the comparison, the calibration and the speed; the whole of it is one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--limit", type=int, default=0, help="images, 0 for all")
    asked = parser.parse_args()
    segments = load_segments()
    cases, judged = read_cases(asked.captions, segments, asked.limit)
    fitting, testing = halves(cases)
    refused = Counter(found.topic for case in testing if (found := refusal([case.caption])))
    fitting, testing = ([case for case in part if not refusal([case.caption])] for part in (fitting, testing))
    seen = [case for case in testing if case.truth]
    print(f"{len(cases)} images, {len(judged)} of {len(segments)} segments judged; refused of the test half: {refused}")
    print(f"measured on {len(seen)} images with a truth, {len(testing) - len(seen)} without; fitted on {len(fitting)}")
    embedder = open_embedder()
    sayings = [case.caption for case in (*fitting, *testing)]
    embedder(sayings + [phrase.text for saying in sayings for phrase in noun_phrases(saying)])  # once, in batch
    shipped: dict[str, tuple[Weights, int, float, float]] = {}
    for title, audience in (("The house's own audience", segments), ("Three nouns a segment", shortened(segments))):
        print(f"\n{title}")
        found: dict[str, dict[str, np.ndarray]] = {}
        scored: dict[str, np.ndarray] = {}
        for name, encoder in (("minilm", embedder), ("words", None)):
            if asked.fit and name not in shipped:
                weights = fit(segments, encoder, fitting, judged)
            else:
                weights = (
                    shipped[name][0] if asked.fit else shipped_weights(SPOKEN if encoder is None else SPOKEN + MEANT)
                )
            every = matcher_scores(audience, encoder, weights, testing)
            error, chance = calibration(every, testing, judged)
            print(f"{name}: sure from {weights.sure}; calibration error {error:.4f}, a perfect one's 95th {chance:.4f}")
            empty = np.array([not case.truth for case in testing])
            loud = float((every[empty][:, judged].max(axis=1) >= weights.sure).mean())
            print(f"{name}: {loud:.3f} of the images without a truth get a segment: their other captions do not agree")
            shipped.setdefault(name, (weights, len(fitting), error, chance))
            scored[name] = every[~empty]
            found[f"matcher, {name}"] = dict(measure(every[~empty], seen, judged, weights.sure))
        for name, rank in (
            ("keywords", keyword_ranker(audience)),
            ("TF-IDF", tfidf_ranker(audience, [case.caption for case in fitting])),
        ):
            scored[name] = np.stack([rank(case.caption) for case in seen])
            found[name] = dict(measure(scored[name], seen, judged, 1e-9))
        intervals(found, "matcher, minilm")
        for rival in ("keywords", "TF-IDF"):
            coverage = rates(found[rival])["coverage"]
            ours = dict(measure(scored["minilm"], seen, judged, at_coverage(scored["minilm"], judged, coverage)))
            print(f"the matcher made to answer as many images as {rival}")
            intervals({"matcher, minilm": ours, rival: found[rival]}, "matcher, minilm")
    if asked.fit:
        write_weights(shipped)
    print()
    throughput(
        segments, embedder, [Case(0, f"{case.caption} Seen {case.image}.", frozenset()) for case in testing[:800]]
    )


GRID = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
"""Probabilities from which a segment may be said."""

if __name__ == "__main__":
    main()
