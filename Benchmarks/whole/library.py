# SPDX-License-Identifier: MIT
"""A library that nobody wrote: articles and annotations from a seed.

Words are drawn by their rank as in real text (Zipf and Mandelbrot), rare ones are longer, and there
are 20,000 of them; tags follow Zipf's law too. An annotation quotes 5 to 30 words of its article,
with 64 characters of context on either side, as `clientctl annotate` would; it has a note of 6 to
25 words, a colour and three tags.

    library.write(path, annotations=100_000)      as `export json`
    library.rows(annotations=100_000)             the same as tuples, for plain SQLite
"""

import hashlib
import json
import random
from dataclasses import dataclass

PER_ARTICLE = 100
COLORS = ["yellow", "orange", "green", "blue", "pink"]
COMMON = (
    "the of and to in a is that for it was on as with by at from be this have are not but had his "
    "they she her which or one were we an there been their more when who will no if out so said "
    "what up its about into than them can only other new some time could these two may then do "
    "first any my now such like our over man me even most made after also did many before must "
    "through back years where much your way well down should because each just those people how "
    "too little state good very make world still own see men work long get here between both "
    "life being under never day same another know while last might us great old year off come "
    "since against go came right used take three"
).split()
START_MS = 1_700_000_000_000


def _vocabulary(chance, size=20_000):
    """Words by rank: those that every text is full of, then longer ones as they grow rare."""
    onsets = "b br c ch cl d dr f fl g gr h j l m n p pl pr qu r s sh st t th tr v w".split()
    vowels = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "io", "é"]
    weights = [20, 26, 18, 18, 8, 4, 4, 3, 3, 0.3]
    codas = ["", "", "", "", "", "n", "r", "s", "t", "l", "nd", "st"]
    words, seen = list(COMMON), set(COMMON)
    while len(words) < size:
        syllables = 1 if len(words) < 700 else 2 if len(words) < 6_000 else 3
        word = "".join(
            chance.choice(onsets) + chance.choices(vowels, weights)[0] + chance.choice(codas)
            for _ in range(max(1, syllables + chance.choice([-1, 0, 0, 0, 1]))))
        if word not in seen:
            seen.add(word)
            words.append(word)
    return words


class _Words:
    """An endless stream of words, and of sentences."""

    def __init__(self, chance):
        self.chance = chance
        self.vocabulary = _vocabulary(chance)
        total, self.weights = 0.0, []
        for rank in range(len(self.vocabulary)):
            total += 1 / (rank + 2.7)
            self.weights.append(total)
        self.buffer, self.place = [], 0

    def take(self, count):
        if self.place + count > len(self.buffer):
            self.buffer = self.chance.choices(
                self.vocabulary, cum_weights=self.weights, k=max(50_000, count))
            self.place = 0
        self.place += count
        return self.buffer[self.place - count:self.place]

    def sentence(self, least, most):
        words = self.take(self.chance.randint(least, most))
        text = " ".join(words)
        if len(words) > 12:
            cut = len(" ".join(words[:7]))
            text = text[:cut] + "," + text[cut:]
        return text[0].upper() + text[1:] + self.chance.choice("....?")


@dataclass
class Article:
    id: bytes
    url: str
    title: str
    site: str
    author: str
    created: int
    text: str
    sha256: bytes


@dataclass
class Annotation:
    id: bytes
    article: int
    start: int
    end: int
    quote: str
    prefix: str
    suffix: str
    note: str
    color: str
    tags: list
    created: int


def items(annotations, seed=1):
    """Articles, each followed by its annotations."""
    chance = random.Random(seed)
    words = _Words(chance)
    roots = ["news", "theme", "method", "people", "place", "later", "read", "draft"]
    names = [f"{chance.choice(roots)}/{word}" for word in words.vocabulary[150:650]]
    tag_weights, total = [], 0.0
    for rank in range(len(names)):
        total += 1 / (rank + 1)
        tag_weights.append(total)
    sites = [f"{word}.example" for word in words.vocabulary[700:800] if word.isascii()]
    created, made = START_MS, 0
    for number in range((annotations + PER_ARTICLE - 1) // PER_ARTICLE):
        paragraphs = [
            " ".join(words.sentence(8, 25) for _ in range(chance.randint(3, 6)))
            for _ in range(chance.randint(6, 12))]
        text = "\n\n".join(paragraphs) + "\n"
        created += chance.randint(60_000, 3_600_000)
        site = chance.choice(sites)
        yield Article(
            id=chance.getrandbits(128).to_bytes(16, "big"),
            url=f"https://{site}/{created // 86_400_000}/{'-'.join(words.take(4))}",
            title=words.sentence(5, 12)[:-1], site=site,
            author=" ".join(word.capitalize() for word in words.take(2)), created=created,
            text=text, sha256=hashlib.sha256(text.encode()).digest())
        starts = [0] + [place + 1 for place, letter in enumerate(text) if letter == " "]
        for _ in range(min(PER_ARTICLE, annotations - made)):
            first = chance.randrange(len(starts) - 31)
            start = starts[first]
            end = starts[first + chance.randint(5, 30)] - 1
            created += chance.randint(1_000, 120_000)
            head = (created << 16 | 0x7000 | chance.getrandbits(12)).to_bytes(8, "big")
            tail = (0b10 << 62 | chance.getrandbits(62)).to_bytes(8, "big")
            made += 1
            yield Annotation(
                id=head + tail, article=number, start=start, end=end, quote=text[start:end],
                prefix=text[max(0, start - 64):start], suffix=text[end:end + 64],
                note=words.sentence(6, 25), color=chance.choice(COLORS),
                tags=sorted(set(chance.choices(names, cum_weights=tag_weights, k=3))),
                created=created)


def _time(milliseconds):
    from datetime import datetime, timezone
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def write(path, annotations, seed=1):
    """Writes the library as `export json` would."""
    articles = []
    with open(path, "w", encoding="utf-8") as out:
        def line(value):
            out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
        line({"postil": "export", "version": 1, "library": "0" * 32, "fingerprint": "0" * 32})
        for item in items(annotations, seed):
            if isinstance(item, Article):
                articles.append(item)
                line({
                    "type": "article", "id": item.id.hex(), "url": item.url, "title": item.title,
                    "site": item.site, "author": item.author, "created": _time(item.created),
                    "revisions": [{"sha256": item.sha256.hex(), "text": item.text}]})
            else:
                article = articles[item.article]
                line({
                    "type": "annotation", "id": item.id.hex(), "article": article.id.hex(),
                    "quote": item.quote, "note": item.note, "tags": item.tags,
                    "color": item.color, "created": _time(item.created),
                    "revision": article.sha256.hex(), "prefix": item.prefix,
                    "suffix": item.suffix, "start": item.start, "end": item.end})


class Rows:
    """The same library as rows of plain tables (`plain.SCHEMA`)."""

    def __init__(self, annotations, seed=1):
        self.articles, self.annotations, self.tags, self.tagging, self.search = [], [], {}, [], []
        self.texts = []
        ordinal, places = 0, []
        for item in items(annotations, seed):
            ordinal += 1
            if isinstance(item, Article):
                places.append((ordinal, item.sha256))
                self.articles.append((
                    ordinal, item.id, item.url, item.title, item.site, item.author, item.created,
                    item.created, item.sha256))
                self.texts.append((item.sha256, item.text))
                self.search.append((ordinal, item.title, "", "", item.text, ""))
            else:
                holder, revision = places[item.article]
                self.annotations.append((
                    ordinal, item.id, holder, revision, item.quote, item.prefix, item.suffix,
                    item.start, item.end, item.note, item.color, item.created, item.created))
                for tag in item.tags:
                    number = self.tags.setdefault(tag, len(self.tags) + 1)
                    self.tagging.append((number, ordinal))
                self.search.append((ordinal, "", item.quote, item.note, "", " ".join(item.tags)))
