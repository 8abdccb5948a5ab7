"""What the components and operations of a collection are called: one book, many books."""

# What the endings below get wrong, of what collections are likely to be called.
SINGULARS = {
    **{f"{one}s": one for one in ("calorie", "cookie", "hoodie", "movie", "pie", "tie", "zombie")},
    **{f"{one}s": one for one in ("cache", "headache", "menu", "niche", "shoe", "toe")},
    **{f"{one}es": one for one in ("alias", "atlas", "bias", "bonus", "bus", "campus", "canvas")},
    **{f"{one}es": one for one in ("echo", "hero", "lens", "potato", "status", "tomato", "virus")},
    **dict.fromkeys(
        ("alias", "atlas", "bias", "canvas", "gas", "lens", "news", "series", "species")
    ),
    "analyses": "analysis",
    "bases": "base",
    "children": "child",
    "criteria": "criterion",
    "halves": "half",
    "indices": "index",
    "leaves": "leaf",
    "men": "man",
    "people": "person",
    "quizzes": "quiz",
    "shelves": "shelf",
    "women": "woman",
}
ENDINGS = (
    *(("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")),
    *(("ss", "ss"), ("us", "us"), ("is", "is"), ("s", "")),
)


def singular(name: str) -> str:
    start, _, word = name.rpartition("_")
    return f"{start}_{singular_word(word)}" if start else singular_word(word)


def singular_word(word: str) -> str:
    if word in SINGULARS:
        return SINGULARS[word] or word
    for ending, new in ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + new
    return word


def pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_") if part)
