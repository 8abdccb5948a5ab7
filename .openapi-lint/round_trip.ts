// What someone writes against the types of the served document, with openapi-fetch. It is compiled,
// so that each line under a `@ts-expect-error` must be a mistake, and run against the server.
import createClient from "openapi-fetch";
import type { components, paths } from "./served.js";

type Book = components["schemas"]["Book"];
type BookCreate = components["schemas"]["BookCreate"];
type Page = components["schemas"]["BookList"];
type Row = components["schemas"]["BookRow"];
type Query = NonNullable<paths["/api/books"]["get"]["parameters"]["query"]>;

declare const process: { argv: string[] };
const [, , baseUrl = "", key = ""] = process.argv;
// As the document says: `sort=a,b`, not `sort=a&sort=b`.
const querySerializer = { array: { style: "form", explode: false } } as const;
const headers = { Authorization: `Bearer ${key}` };
const client = createClient<paths>({ baseUrl, headers, querySerializer });

// A list answers records, or what `fields`, `aggregate` and `group_by` make of them.
type Records<D> = Extract<D, { items: { id: unknown }[] }>;
const records = <D>(data: D) => data as Records<D>;

const EMMA = {
  string: "Emma",
  integer: 474,
  number: 1.5,
  decimal: "9.50",
  boolean: true,
  date: "1815-12-23",
  datetime: "1815-12-23T12:00:00Z",
  uuid: "01890a5d-ac96-774b-bcce-b302099a8057",
  some_string: ["novel", "of manners"],
  some_decimal: ["0.10"],
  email: "jane@example.com",
  status: "published",
  author: "austen",
  extra: { any: ["JSON", 1, null] },
} satisfies BookCreate;

// What is asked of the list, and which books are its answer. A new parameter is a new line.
const ASKED: [Query, string[]][] = [
  [{ sort: ["string"] }, ["Emma", "Lady Susan", "Persuasion"]],
  [{ sort: ["boolean", "-string"] }, ["Lady Susan", "Emma", "Persuasion"]],
  [{ sort: ["string"], limit: 1, offset: 1 }, ["Lady Susan"]],
  [{ string: "Emma" }, ["Emma"]],
  [{ integer: 474 }, ["Emma"]],
  [{ decimal: "9.50" }, ["Emma"]],
  [{ boolean: true, author: "austen" }, ["Emma"]],
  [{ datetime: "1815-12-23T12:00:00Z", date: "1815-12-23" }, ["Emma"]],
  [{ status: "draft", sort: ["string"] }, ["Lady Susan", "Persuasion"]],
  [{ string__ne: "Emma", boolean__ne: true }, ["Lady Susan"]],
  [{ string__lt: "F", integer__lte: 474, number__gte: 1.5, decimal__gt: "9.499" }, ["Emma"]],
  [{ string__contains: "MM", string__starts_with: "Em" }, ["Emma"]],
  [{ string__in: ["Emma", "Lady Susan"], sort: ["-string"] }, ["Lady Susan", "Emma"]],
  [{ integer__in: [1, 474], uuid__in: ["01890a5d-ac96-774b-bcce-b302099a8057"] }, ["Emma"]],
  [{ integer__is_null: true, some_string__is_null: true, sort: ["string"] },
    ["Lady Susan", "Persuasion"]],
  [{ author__in: ["austen"], created_at__gt: "2020-01-01T00:00:00Z", revision__gt: 0 }, ["Emma"]],
  [{ filter: "author.country.name = 'England' and not some_string has 'used'" }, ["Emma"]],
  [{ q: "lady", sort: ["author.name", "-id"] }, ["Lady Susan"]],
];

function mistakes(): void {
  // @ts-expect-error: no such parameter.
  void ({ colour: "red" } satisfies Query);
  // @ts-expect-error: a number, not its text.
  void ({ integer: "474" } satisfies Query);
  // @ts-expect-error: no such field to sort by.
  void ({ sort: ["colour"] } satisfies Query);
  // @ts-expect-error: not of numbers.
  void ({ integer__contains: 4 } satisfies Query);
  // @ts-expect-error: a list.
  void ({ integer__in: 474 } satisfies Query);
  // @ts-expect-error: a list of numbers.
  void ({ integer__in: ["474"] } satisfies Query);
  // @ts-expect-error: required, so never null.
  void ({ string__is_null: true } satisfies Query);
  // @ts-expect-error: true or false.
  void ({ isbn__is_null: "yes" } satisfies Query);
  // @ts-expect-error: no such member.
  void ({ fields: ["colour"] } satisfies Query);
  // @ts-expect-error: no reference.
  void ({ expand: ["isbn"] } satisfies Query);
  // @ts-expect-error: no such reference from there.
  void ({ expand: ["author.owner"] } satisfies Query);
  // @ts-expect-error: not of text.
  void ({ aggregate: ["sum:string"] } satisfies Query);
  // @ts-expect-error: an array makes no groups.
  void ({ group_by: ["some_string"] } satisfies Query);
  // @ts-expect-error: text.
  void ({ cursor: 2 } satisfies Query);
  // @ts-expect-error: may be null.
  void ((book: Book): string | undefined => book.expand?.author?.expand?.country?.expand);
  // @ts-expect-error: no reference.
  void ((book: Book) => book.expand?.isbn);
  // @ts-expect-error: may be absent.
  void ((row: Row): string => row.string);
  // @ts-expect-error: no such aggregate.
  void ((row: Row) => row.sum_string);
  // @ts-expect-error: no such collection.
  void client.GET("/api/bookz");
  // @ts-expect-error: a required member is missing.
  void client.POST("/api/books", { body: { integer: 474 } });
  // @ts-expect-error: no such member.
  void ({ string: "Emma", colour: "red" } satisfies BookCreate);
  // @ts-expect-error: no such word.
  void client.PATCH("/api/books/{id}", { ...at(""), body: { status: "lost" } });
  // @ts-expect-error: required, so never null.
  void client.PATCH("/api/books/{id}", { ...at(""), body: { string: null } });
  // @ts-expect-error: may be null.
  void ((book: Book): string => book.isbn);
}

function at(id: string, header: { "If-Match"?: string } = {}) {
  return { params: { path: { id }, header } };
}

function sure<T>(value: T | undefined, said: unknown): T {
  if (value === undefined) throw new Error(JSON.stringify(said));
  return value;
}

function same(found: unknown, expected: unknown): void {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${one} is not ${other}`);
}

async function create(body: BookCreate): Promise<[Book, string]> {
  const { data, error, response } = await client.POST("/api/books", { body });
  if (data === undefined || !("id" in data)) throw new Error(JSON.stringify(error ?? data));
  return [data, response.headers.get("ETag") ?? ""];
}

async function list(query: Query): Promise<Page> {
  const { data, error } = await client.GET("/api/books", { params: { query } });
  return records(sure(data, error));
}

async function rows(query: Query): Promise<Row[]> {
  const { data, error } = await client.GET("/api/books", { params: { query } });
  return sure(data, error).items;
}

async function wellDone(): Promise<void> {
  const england = { id: "en", name: "England" };
  sure((await client.POST("/api/countries", { body: england })).data, "a country");
  const jane = { id: "austen", name: "Jane", country: "en", read_by: "austen" };
  const author = await client.POST("/api/authors", { body: jane });
  sure(author.data, author.error);
  const [emma, tag] = await create(EMMA);
  const { string, extra, status, some_string } = emma;
  const { string: s, extra: e, status: t, some_string: some } = EMMA;
  same([string, extra, status, some_string, emma.isbn], [s, e, t, some, null]);
  same([(await create({ string: "Persuasion" }))[0].status, emma.revision > 0], ["draft", true]);
  await create({ string: "Lady Susan", boolean: false });

  const read = await client.GET("/api/books/{id}", at(emma.id));
  same([read.data, read.response.headers.get("ETag")], [emma, tag]);
  for (const [query, titles] of ASKED) {
    same((await list(query)).items.map((book) => book.string), titles);
  }
  await expanded(emma.id);
  await grouped();
  let page = await list({ limit: 1, sort: ["string"], count: true });
  const seen = page.items.map((book) => book.string);
  same(page.total, 3);
  const cursor = new URL(page.next ?? "", baseUrl).searchParams.get("cursor") ?? "";
  const [second] = (await list({ limit: 2, sort: ["string"], count: true, cursor })).items;
  same(second?.string, "Lady Susan");
  while (page.next !== null) {
    const { data, error } = await client.GET(page.next as "/api/books");
    page = records(sure(data, error));
    seen.push(...page.items.map((book) => book.string));
  }
  same(seen, ["Emma", "Lady Susan", "Persuasion"]);

  const body = { status: "draft" } as const;
  const changed = await client.PATCH("/api/books/{id}", { ...at(emma.id, { "If-Match": tag }), body });
  same([changed.data?.status, changed.data?.string], ["draft", "Emma"]);
  await refused(emma.id, tag);
  const gone = await client.DELETE("/api/books/{id}", at(emma.id));
  same([gone.response.status, gone.error], [204, undefined]);
  same((await client.GET("/api/books/{id}", at(emma.id))).error?.type, "/problems/gone");
}

async function expanded(id: string): Promise<void> {
  const query = { expand: ["author.country", "author.read_by.country", "owner"] } satisfies Query;
  const path = { id };
  const { data } = await client.GET("/api/books/{id}", { params: { path, query } });
  const jane = data?.expand?.author?.expand;
  const owner: string | null | undefined = data?.expand?.owner?.name;
  same([jane?.country?.name, jane?.read_by?.expand?.country?.id, owner], ["England", "en", undefined]);
  const [emma] = (await list({ ...query, string: "Emma" })).items;
  same(emma?.expand?.author?.expand?.read_by?.name, "Jane");
}

async function grouped(): Promise<void> {
  same(await rows({ fields: ["string", "integer"], integer: 474 }), [{ integer: 474, string: "Emma" }]);
  const [all] = await rows({ aggregate: ["count", "sum:integer", "avg:decimal", "max:date"] });
  const { count, sum_integer, avg_decimal, max_date } = sure(all, "one");
  same([count, sum_integer, avg_decimal, max_date], [3, 474, "9.50000000", "1815-12-23"]);
  const by = await rows({ group_by: ["author.country", "status"], aggregate: ["count"], sort: ["-count"] });
  same(by.map((row) => [row["author.country"], row.status, row.count]), [
    [null, "draft", 2],
    ["en", "published", 1],
  ]);
}

async function refused(id: string, tag: string): Promise<void> {
  const body = { status: "published" } as const;
  const late = await client.PATCH("/api/books/{id}", { ...at(id, { "If-Match": tag }), body });
  if (late.error === undefined || !("current" in late.error)) throw new Error("412 shows it");
  same([late.error.status, late.error.current?.status], [412, "draft"]);
  const bad = await client.POST("/api/books", { body: { string: "Emma", email: "nobody" } });
  same([bad.error?.status, bad.error?.errors?.[0]?.pointer], [422, "/email"]);
  const asked = await client.GET("/api/books", { params: { query: { limit: 501 } } });
  same([asked.error?.status, asked.error?.errors?.[0]?.parameter], [400, "limit"]);
  const missing = await client.GET("/api/books/{id}", at(EMMA.uuid));
  same([missing.error?.status, missing.error?.type], [404, "/problems/not-found"]);
  const stranger = createClient<paths>({ baseUrl, headers: { Authorization: "Bearer none" } });
  same((await stranger.GET("/api/books")).error?.status, 401);
}

void mistakes;
await wellDone();
