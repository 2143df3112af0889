"""How alike two names of firms or institutions are, as Pakistan writes them: a hint for people, never a decision.

A name becomes words without its legal form. Words that half of all firms carry weigh little, numbers must agree, and
spelling is compared as it sounds, since names come to English from Urdu by ear.
"""

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from rapidfuzz.distance import Indel

from .text import ascii_digits

ALIKE = 0.82  # `alike` at or above this is worth a person's look.
LITTLE = 0.15  # The weight of a common word, where one of its own weighs 1.
# Two words of their own are one word with a slip of the pen at or above this.
SLIP = 0.85
# And at or above this where only vowels differ. Two that sound the same are worth SOUND.
VOWELS, SOUND = 0.7, 0.97
# More names than this under one key say nothing of any two of them; the ends of words, there for slips, still less.
MOST_IN_BLOCK, MOST_IN_SLIP = 400, 60
# Words run together, less what is common, are one name at or above this; and what initials are worth.
JOINED, INITIALS = 0.9, 0.88


def word_set(text):
    """The words of a text as a set."""
    return frozenset(text.split())


LEGAL = word_set("""
    pvt private privat pvte prvt ltd limited limted limitd ltda smc llc llp lp inc incorporated incorp corp corporation
    co coy company plc gmbh fze fzc fzco fzllc dmcc guarantee unlimited public ms messrs the of and for in an a aur
    پرائیویٹ پرائیوٹ پرائویٹ پراییویٹ لمیٹڈ لمٹڈ لیمیٹڈ کمپنی کارپوریشن اینڈ اور دی میسرز کی کا کے برائے
""")
# One spelling for each: shortenings, plurals and the Urdu letters of English words.
SAME = {
    "technology": "tech techs technologies technolgies technologys teknologies ٹیکنالوجی ٹیکنالوجیز ٹیک",
    "solution": "solutions soln solns سلوشن سلوشنز سولوشنز",
    "system": "systems sys syst sistem سسٹم سسٹمز",
    "software": "softwares soft sw سافٹ سافٹویر سافٹویئر سافٹوئر",
    "service": "services svc svcs srv سروس سروسز",
    "pakistan": "pak pk pakistani پاکستان پاک",
    "international": "intl internationl internatl انٹرنیشنل",
    "global": "globals گلوبل",
    "digital": "digitals ڈیجیٹل",
    "information": "info infor infos انفارمیشن",
    "communication": "communications comm comms کمیونیکیشن کمیونیکیشنز",
    "telecom": "telecoms telco telecommunication telecommunications ٹیلی‌کام ٹیلیکام",
    "consulting": "consultant consultants consultancy consultancies کنسلٹنٹس کنسلٹنگ",
    "lab": "labs laboratory laboratories لیب لیبز",
    "studio": "studios سٹوڈیو سٹوڈیوز اسٹوڈیو اسٹوڈیوز",
    "group": "groups grp گروپ",
    "enterprise": "enterprises انٹرپرائزز انٹرپرائز",
    "network": "networks نیٹورک نیٹورکس",
    "centre": "center centres centers سنٹر سینٹر",
    "industry": "industries انڈسٹریز",
    "associate": "associates assoc ایسوسی‌ایٹس",
    "development": "developments developer developers",
    "engineering": "engineers engineer engg engr انجینئرنگ",
    "innovation": "innovations innovative",
    "holding": "holdings",
    "venture": "ventures",
    "management": "mgmt mgt",
    "university": "univ uni universities یونیورسٹی جامعہ",
    "institute": "institution inst institutes انسٹیٹیوٹ",
    "college": "coll کالج",
    "department": "dept departments",
    "government": "govt gov",
    "science": "sciences sci سائنس سائنسز",
    "muhammad": "mohammad mohammed mohamed mohd محمد",
}
NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
NUMBERS |= {"nine": "9", "ten": "10"}
ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8"}
PLACES = word_set("""
    pakistan lahore karachi islamabad rawalpindi peshawar quetta faisalabad multan sialkot gujranwala hyderabad
    abbottabad punjab sindh balochistan kpk asia asian south لاہور کراچی اسلام‌آباد پشاور کوئٹہ فیصل‌آباد ملتان
""")
COMMON = PLACES | word_set("""
    technology solution system software service international global digital information communication consulting lab
    studio group enterprise network centre industry associate development engineering innovation holding venture
    management it ict bpo call outsourcing business data web online media internet computer computing cyber cloud
    mobile app apps telecom worldwide world ecommerce commerce e trading marketing games gaming partners
""")

WORD = re.compile(r"[^\W\d_]+|\d+")
INSIDE = re.compile(r"\(([^()]*)\)")
FORMERLY = re.compile(r"^\s*(?:formerly|former|previously|old name|aka|a\.k\.a\.?|also)\b[\s:]*", re.IGNORECASE)
APOSTROPHES = re.compile("['’‘`´ʼ]")
# Dots between single letters: I.T., (Pvt.), S.M.C.
DOTTED = re.compile(r"(?<![^\W\d_]{2})(?<=[^\W\d_])\.(?=[^\W\d_](?![^\W\d_]))")
URDU = str.maketrans(
    {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ه": "ہ", "ة": "ہ", "ۃ": "ہ", "أ": "ا", "آ": "ا", "إ": "ا"}
)
UNJOINED = str.maketrans({"\u200c": "", "\u200d": "", "ـ": ""})
SOUNDS = (("ph", "f"), ("ck", "k"), ("oo", "u"), ("ou", "u"), ("ee", "i"), ("ea", "i"), ("kh", "k"), ("gh", "g"))
LETTERS = str.maketrans({"w": "v", "z": "s", "q": "k", "c": "k", "x": "ks", "y": "i"})


class Name(NamedTuple):
    """A name taken apart. `words` in order with common spellings made one; `plain` as they were; `numbers` sorted.

    `own` are the words that are not common, `own_plain` the same as they were written; `shared` and `shared_plain` are
    the common ones.
    """

    words: tuple
    plain: tuple
    numbers: tuple
    initials: frozenset
    own: tuple
    own_plain: tuple
    shared: frozenset
    shared_plain: tuple


def folded(text):
    """`text` in small letters without accents, vowel marks, dots of abbreviations and joiners; digits are 0-9."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", ascii_digits(text)).translate(UNJOINED).translate(URDU)
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(sign for sign in text if not unicodedata.combining(sign)).translate(URDU)
    text = text.casefold().replace("m/s", "ms")
    return DOTTED.sub("", APOSTROPHES.sub("", text))


# The tables are written as people spell, and are folded as the names are.
LEGAL = frozenset(folded(word) for word in LEGAL)
SAME = {folded(word): told for told, words in SAME.items() for word in words.split()}
PLACES = frozenset(SAME.get(folded(word), folded(word)) for word in PLACES)
COMMON = frozenset(SAME.get(folded(word), folded(word)) for word in COMMON)


def name_key(name):
    """The words that make a name, in order and one space apart: folded, without legal form and punctuation.

    "Systems (Pvt.) Ltd." and "SYSTEMS LIMITED" have the same key. Never empty for a name that has a letter or digit.
    """
    return " ".join(taken_apart(name, COMMON).words)


def taken_apart(name, common):
    """The `Name` of a text. A name of nothing but legal words keeps them."""
    found = WORD.findall(folded(name))
    plain = [word for word in found if word not in LEGAL] or found
    words = [SAME.get(word, word) for word in plain]
    words = [word if not place else ROMAN.get(word, word) for place, word in enumerate(words)]
    words = [NUMBERS.get(word, word) for word in words]
    spelt = (found, plain, _long(found), _long(plain))
    return Name(
        words=tuple(words),
        plain=tuple(plain),
        numbers=tuple(sorted(word.lstrip("0") or "0" for word in words if word.isdigit())),
        initials=frozenset("".join(word[0] for word in some) for some in spelt if len(some) > 2),
        own=tuple(word for word in words if word not in common),
        own_plain=tuple(written for written, word in zip(plain, words, strict=True) if word not in common),
        shared=frozenset(word for word in words if word in common),
        shared_plain=tuple(written for written, word in zip(plain, words, strict=True) if word in common),
    )


def _long(words):
    """The words that a person spells out in initials: "Board of Investment" is both BOI and BI."""
    return [word for word in words if word not in {"the", "of", "and", "for", "in"}]


@lru_cache(maxsize=50_000)
def sound(word):
    """A word of Latin letters as it is heard: double letters once, ph as f, oo as u. Other scripts stay as they are."""
    if not word.isascii():
        return word
    for written, heard in SOUNDS:
        word = word.replace(written, heard)
    word = word.translate(LETTERS)
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(maxsize=50_000)
def skeleton(word):
    """The sound of a word without its vowels but for the first letter."""
    heard = sound(word)
    return re.sub(r"(.)\1+", r"\1", heard[:1] + re.sub("[aeiouh]", "", heard[1:])) if heard.isascii() else heard


def likeness(one, other):
    """How alike two words are, 0 to 1. Numbers must be equal, and words of up to four letters must sound the same."""
    if one == other:
        return 1.0
    if one.isdigit() or other.isdigit():
        return 0.0
    if sound(one) == sound(other):
        return SOUND
    if min(len(one), len(other)) < 5:
        return 0.0
    near = Indel.normalized_similarity(one, other)
    if near >= VOWELS and len(skeleton(one)) > 3 and skeleton(one) == skeleton(other):
        return 0.93
    return near if near >= SLIP else 0.0


def alike(a, b, common=COMMON):
    """How alike two names are: 0 (nothing shared) to 1 (the same but for legal form). See `ALIKE`.

    `common` are words that weigh little. An empty name is like nothing.
    """
    return _most_alike(readings(a, common), readings(b, common))


def readings(name, common=COMMON):
    """The `Name`s of a text: as it stands and, where something stands in brackets, without it and what a firm says
    there of its former name."""
    inside = [part for part in INSIDE.findall(name) if _tells(part)]
    texts = [name]
    if inside:
        told = [(part, FORMERLY.sub("", part)) for part in inside]
        texts += [INSIDE.sub(" ", name), *(former for part, former in told if former != part)]
    found = (taken_apart(text, common) for text in texts)
    return [apart for apart in found if apart.words]


def _tells(part):
    """Whether words in brackets are more than the legal form."""
    return any(word not in LEGAL for word in WORD.findall(folded(part)))


def _most_alike(one, other):
    return max((_alike(a, b) for a in one for b in other), default=0.0)


def _alike(a, b):
    if a.words == b.words:
        return 1.0
    if a.numbers != b.numbers:
        return 0.0
    return max(_by_words(a, b), _as_one_word(a, b), _by_initials(a, b))


def _by_words(a, b):
    """Twice the weight of what is shared of the weight of both, each word of one's own against its best fellow."""
    if not a.own or not b.own:
        # Where one has no word of its own, its common words are all it has.
        return _shared(a.words, b.words)[0] * 2 / (len(a.words) + len(b.words))
    much, left_a, left_b = _shared(a.own, b.own)
    if not much:
        return 0.0
    # A common word with a slip of the pen is still a common one.
    slips = sum(_slipped(word, b.shared_plain) for word in left_a) + sum(
        _slipped(word, a.shared_plain) for word in left_b
    )
    common = LITTLE * len(a.shared & b.shared) + LITTLE * slips
    whole = len(a.own) + len(b.own) - slips + LITTLE * (len(a.shared) + len(b.shared) + slips)
    return 2 * (much + common) / whole


def _slipped(word, shared):
    return any(likeness(word, other) for other in shared)


def _shared(one, other):
    """How much of two lists of words is alike, and what is left of each."""
    left_a, left_b, much = list(one), list(other), 0.0
    for word in one:
        if word in left_b:
            left_a.remove(word)
            left_b.remove(word)
            much += 1.0
    if left_a and left_b:
        near = [(likeness(word, fellow), word, fellow) for word in left_a for fellow in left_b]
        for score, word, fellow in sorted(near, key=lambda found: -found[0]):
            if score and word in left_a and fellow in left_b:
                left_a.remove(word)
                left_b.remove(fellow)
                much += score
    return much, left_a, left_b


def _as_one_word(a, b):
    """Net Sol is NetSol, and Info Tech is Infotech, whatever a part would mean by itself."""
    best = 0.0
    for one, other, less in ((a.plain, b.plain, 0.0), (a.own_plain, b.own_plain, 0.04)):
        if one and other and len(one) != len(other):
            near = likeness("".join(one), "".join(other))
            # Of two long names most letters are common words: there the whole has to sound the same.
            if len(one) == 1 or len(other) == 1 or near >= SOUND:
                best = max(best, near - less)
    return best if best >= JOINED else 0.0


def _by_initials(a, b):
    """PTCL is Pakistan Telecommunication Company Limited. Common words may stand beside the initials."""
    for short, full in ((a, b), (b, a)):
        own = short.own_plain
        if len(own) == 1 and len(own[0]) > 2 and len(full.plain) > 1 and own[0] in full.initials:
            return INITIALS
    return 0.0


def keys(names):
    """The keys under which `readings` are looked for: two that are alike share at least one, but for odd slips."""
    found = set()
    for apart in names:
        for word in apart.own or apart.words:
            bones = skeleton(word)
            found.add(bones if len(bones) > 3 else sound(word))
            if len(word) > 4:
                found.update((f"{word[:4]}…", f"…{word[-4:]}"))
        for words in filter(None, (apart.plain, apart.own_plain)):
            joined = "".join(words)
            found.update((f"={sound(joined)}", f"={skeleton(joined)}", f"{joined[:4]}…", f"…{joined[-4:]}"))
        found.update(f"={sound(word)}" for word in (*apart.initials, *apart.own))
    return found


def alike_pairs(names, common=COMMON):
    """The pairs of {key: [names]} that are alike, as {(one, other): score}, the smaller key first.

    Only names that share a rare word, its sound, or an end of it are compared.
    """
    apart = {owner: [readings(text, common) for text in texts if text] for owner, texts in names.items()}
    blocks = defaultdict(set)
    for owner, texts in apart.items():
        for key in set().union(*(keys(text) for text in texts)):
            blocks[key].add(owner)
    found, seen = {}, set()
    for key, block in blocks.items():
        if not 1 < len(block) <= (MOST_IN_SLIP if "…" in key else MOST_IN_BLOCK):
            continue
        for pair in combinations(sorted(block), 2):
            if pair in seen:
                continue
            seen.add(pair)
            score = max(_most_alike(a, b) for a in apart[pair[0]] for b in apart[pair[1]])
            if score >= ALIKE:
                found[pair] = score
    return found


def like_one(texts, names, common=COMMON):
    """Of {key: [names]}, the keys with a name like one of `texts`, as {key: score}. Empty texts are like nothing."""
    asked = [readings(text, common) for text in texts if text]
    found = {}
    for owner, others in names.items():
        told = [readings(other, common) for other in others if other]
        score = max((_most_alike(one, other) for one in asked for other in told), default=0.0)
        if score >= ALIKE:
            found[owner] = score
    return found
