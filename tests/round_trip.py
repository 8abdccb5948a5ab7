"""What someone writes with the client that openapi-python-client makes of the served document.

mypy reads it, so each ``type: ignore`` must be a mistake; and it runs against the server.
"""

import sys
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

import httpx
from pennyworth_client import AuthenticatedClient
from pennyworth_client.api.authors import create_author
from pennyworth_client.api.books import (
    create_book,
    delete_book,
    get_book,
    list_books,
    replace_book,
    update_book,
)
from pennyworth_client.api.countries import create_country
from pennyworth_client.models import (
    Author,
    AuthorCreate,
    Book,
    BookCreate,
    BookList,
    BookPatch,
    BookPreconditionFailed,
    BookReplace,
    BookRow,
    BookRowList,
    Country,
    CountryCreate,
    Problem,
)
from pennyworth_client.types import UNSET

EMMA = BookCreate(
    title="Emma",
    isbn="9780141439587",
    author="austen",
    pages=474,
    rating=4.5,
    price="9.50",
    in_print=True,
    published=date(1815, 12, 23),
    sold=datetime(2026, 2, 28, 12, tzinfo=UTC),
    edition=uuid4(),
    status="published",
    tags=["novel", "of manners"],
    extra={"any": ["JSON", 1, None]},
)


def asked(client: AuthenticatedClient) -> None:
    """What is asked of the list, and which books are its answer. A new parameter is a new line."""
    ask = partial(list_books.sync, client=client)
    assert titles(ask(sort=["title"])) == ["Emma", "Lady Susan", "Persuasion"]
    assert titles(ask(sort=["in_print", "-title"])) == ["Lady Susan", "Emma", "Persuasion"]
    assert titles(ask(sort=["title"], limit=1, offset=1)) == ["Lady Susan"]
    assert titles(ask(title="Emma")) == ["Emma"]
    assert titles(ask(pages=474, rating=4.5)) == ["Emma"]
    assert titles(ask(price="9.50")) == ["Emma"]
    assert titles(ask(in_print=True, author="austen")) == ["Emma"]
    assert titles(ask(published=date(1815, 12, 23))) == ["Emma"]
    assert titles(ask(sold=datetime(2026, 2, 28, 12, tzinfo=UTC))) == ["Emma"]
    assert titles(ask(status="draft", sort=["title"])) == ["Lady Susan", "Persuasion"]
    assert titles(ask(title_ne="Emma", in_print_ne=True)) == ["Lady Susan"]
    assert titles(ask(title_lt="F", pages_lte=474, rating_gte=4.5, price_gt="9.499")) == ["Emma"]
    assert titles(ask(title_contains="MM", title_starts_with="Em")) == ["Emma"]
    assert titles(ask(title_in=["Emma", "Persuasion"], sort=["-title"])) == ["Persuasion", "Emma"]
    assert titles(ask(pages_in=[1, 474], price_in=["9.5", "1"])) == ["Emma"]
    assert titles(ask(published_in=[date(1815, 12, 23)], author_in=["austen"])) == ["Emma"]
    assert titles(ask(created_at_gt=datetime(2020, 1, 1, tzinfo=UTC), revision_gt=0)) != []
    assert titles(ask(pages_is_null=True, tags_is_null=True, title_lt="M")) == ["Lady Susan"]
    filter = "author.country.name = 'England' and not tags has 'used'"
    assert titles(ask(filter_=filter, sort=["author.name", "id"])) == ["Emma"]
    assert titles(ask(q="lady")) == ["Lady Susan"]


def grouped(client: AuthenticatedClient) -> None:
    ask = partial(list_books.sync, client=client)
    (emma,) = rows(ask(fields=["title", "pages"], pages=474))
    assert (emma.title, emma.pages, emma.id) == ("Emma", 474, UNSET)
    (all,) = rows(ask(aggregate=["count", "sum:pages", "avg:price", "max:published"]))
    assert (all.count, all.sum_pages, all.avg_price) == (3, 474, "9.50000000")
    assert all.max_published == date(1815, 12, 23)
    by = rows(ask(group_by=["author.country", "status"], aggregate=["count"], sort=["-count"]))
    found = [(row.author_country, row.status, row.count) for row in by]
    assert found == [(None, "draft", 2), ("en", "published", 1)]


def expanded(client: AuthenticatedClient, emma: Book) -> None:
    book = get_book.sync(emma.id, client=client, expand=["author.country", "author.read_by"])
    assert isinstance(book, Book)
    assert book.expand
    assert book.expand.author
    assert book.expand.author.expand
    jane = book.expand.author.expand
    assert [one and one.name for one in (jane.country, jane.read_by)] == ["England", "Jane"]
    page = list_books.sync(client=client, expand=["author", "owner"], title="Emma")
    assert isinstance(page, BookList)
    assert page.items[0].expand
    assert page.items[0].expand.owner is None


def mistakes(client: AuthenticatedClient, book: Book, row: BookRow) -> None:
    """Never run."""
    list_books.sync(client=client, colour="red")  # type: ignore[call-arg]
    list_books.sync(client=client, pages="474")  # type: ignore[arg-type]
    list_books.sync(client=client, sort=["colour"])  # type: ignore[list-item]
    list_books.sync(client=client, pages_contains="4")  # type: ignore[call-arg]
    list_books.sync(client=client, pages_in=["474"])  # type: ignore[list-item]
    list_books.sync(client=client, pages_is_null="yes")  # type: ignore[arg-type]
    list_books.sync(client=client, title_is_null=True)  # type: ignore[call-arg]
    list_books.sync(client=client, fields=["colour"])  # type: ignore[list-item]
    list_books.sync(client=client, expand=["author.owner"])  # type: ignore[list-item]
    list_books.sync(client=client, aggregate=["sum:title"])  # type: ignore[list-item]
    list_books.sync(client=client, group_by=["tags"])  # type: ignore[list-item]
    get_book.sync(book.id, client=client, expand=["isbn"])  # type: ignore[list-item]
    create_book.sync(client=client, body=BookCreate())  # type: ignore[call-arg]
    create_book.sync(client=client, body=BookCreate(title=474))  # type: ignore[arg-type]
    update_book.sync(book.id, client=client, body=BookPatch(status="lost"))  # type: ignore[arg-type]
    BookPatch(title=None)  # type: ignore[arg-type]
    print(book.colour, book.status.upper())  # type: ignore[attr-defined, union-attr]
    print(book.expand.author)  # type: ignore[union-attr]
    print(row.sum_title, row.title.upper())  # type: ignore[attr-defined, union-attr]


def titles(page: object) -> list[str]:
    assert isinstance(page, BookList), page
    return [book.title for book in page.items]


def rows(page: object) -> list[BookRow]:
    assert isinstance(page, BookRowList), page
    return page.items


def create(client: AuthenticatedClient, body: BookCreate) -> tuple[Book, str]:
    answer = create_book.sync_detailed(client=client, body=body)
    assert isinstance(answer.parsed, Book), answer
    return answer.parsed, answer.headers["ETag"]


def round_trip(client: AuthenticatedClient) -> None:
    england = create_country.sync(client=client, body=CountryCreate(id="en", name="England"))
    assert isinstance(england, Country)
    jane = AuthorCreate(id="austen", name="Jane", country="en", read_by="austen")
    assert isinstance(create_author.sync(client=client, body=jane), Author)
    emma, tag = create(client, EMMA)
    assert BookCreate.from_dict(emma.to_dict() | EMMA.to_dict()).edition == emma.edition
    assert (emma.published, emma.sold, emma.status) == (EMMA.published, EMMA.sold, "published")
    assert (emma.price, emma.tags, emma.extra) == (EMMA.price, EMMA.tags, EMMA.extra)
    persuasion, _ = create(client, BookCreate(title="Persuasion"))
    assert (persuasion.status, persuasion.isbn, persuasion.author) == ("draft", None, None)
    create(client, BookCreate(title="Lady Susan", in_print=False))

    read = get_book.sync_detailed(emma.id, client=client)
    assert (read.parsed, read.headers["ETag"]) == (emma, tag)
    asked(client)
    grouped(client)
    expanded(client, emma)
    page = list_books.sync(client=client, limit=1, sort=["title"], count=True)
    assert isinstance(page, BookList)
    assert page.total == 3
    seen = titles(page)
    cursor = httpx.URL(str(page.next_)).params["cursor"]
    ask = partial(list_books.sync, client=client, sort=["title"], count=True, cursor=cursor)
    assert titles(ask(limit=2)) == ["Lady Susan", "Persuasion"]
    while page.next_ is not None:
        page = BookList.from_dict(client.get_httpx_client().get(page.next_).json())
        seen += titles(page)
    assert seen == ["Emma", "Lady Susan", "Persuasion"]

    draft = BookPatch(status="draft")
    changed = update_book.sync(emma.id, client=client, body=draft, if_match=tag)
    assert isinstance(changed, Book)
    assert (changed.status, changed.title, changed.pages) == ("draft", "Emma", 474)
    refused(client, emma, tag)
    replaced = replace_book.sync(emma.id, client=client, body=BookReplace(title="Emma"))
    assert isinstance(replaced, Book)
    assert (replaced.pages, replaced.revision > changed.revision) == (None, True)
    assert delete_book.sync_detailed(emma.id, client=client).status_code == 204
    assert problem(get_book.sync(emma.id, client=client)) == (410, "/problems/gone")


def problem(answer: object) -> tuple[int, str]:
    assert isinstance(answer, Problem), answer
    return answer.status, answer.type_


def refused(client: AuthenticatedClient, emma: Book, tag: str) -> None:
    late = update_book.sync(emma.id, client=client, body=BookPatch(pages=1), if_match=tag)
    assert isinstance(late, BookPreconditionFailed)
    assert isinstance(late.current, Book)
    assert (late.status, late.current.status) == (412, "draft")
    bad = create_book.sync(client=client, body=BookCreate(title="Emma", pages=0))
    assert isinstance(bad, Problem)
    assert bad.errors
    assert (bad.status, bad.errors[0].pointer) == (422, "/pages")
    assert problem(list_books.sync(client=client, limit=501)) == (
        400,
        "/problems/invalid-parameter",
    )
    assert problem(get_book.sync(uuid4(), client=client)) == (404, "/problems/not-found")


def commas(request: httpx.Request) -> None:
    """As the document says: ``sort=a,b``, where openapi-python-client sends ``sort=a&sort=b``."""
    asked = request.url.params
    request.url = request.url.copy_with(params={n: ",".join(asked.get_list(n)) for n in asked})


if __name__ == "__main__":
    _, address, key = sys.argv
    hooks = {"event_hooks": {"request": [commas]}}
    client = AuthenticatedClient(base_url=address, token=key, httpx_args=hooks)
    round_trip(client)
    stranger = AuthenticatedClient(base_url=address, token="none")
    assert problem(list_books.sync(client=stranger)) == (401, "/problems/unauthenticated")
