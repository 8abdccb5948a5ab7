"""Revisions grow, and a follower of changes can know up to where nothing is missing."""

from conftest import OPEN, Client, dispose, make_app

from models.database import db
from models.revision import announce, next_revision, settled


def test_every_change_has_a_higher_revision(client: Client) -> None:
    seen = [client.define("things", fields={"a": {"type": "integer"}}).json["revision"]]
    path = client.post("/api/things", {"a": 1}).headers["Location"]
    seen.append(client.get(path).json["revision"])
    seen.append(client.patch(path, {"a": 2}).json["revision"])
    seen.append(client.define("others", fields={}).json["revision"])
    client.delete(path)
    seen.append(client.put(path, {}).json["revision"])
    assert seen == sorted(set(seen))
    assert seen[-1] - seen[-2] == 2, "the deletion has one, too"


def test_nothing_is_missing_up_to_where_it_is_settled(empty_url: str) -> None:
    app = make_app(empty_url)
    Client(app).put("/collections/things", {"fields": {}, "access": OPEN})
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            last = settled(connection)
            assert next_revision(connection) == last + 1
            assert settled(connection) == last + 1
        dispose(app)
        return
    with engine.connect() as slow, engine.connect() as quick, engine.connect() as follower:
        with slow.begin():
            announce(slow)
            first = next_revision(slow)
            with quick.begin():
                announce(quick)
                second = next_revision(quick)
            assert second > first
            with follower.begin():
                assert settled(follower) < first
        with follower.begin():
            assert settled(follower) >= second
    dispose(app)


def test_an_announcement_comes_before_any_number(empty_url: str) -> None:
    """Whatever is in flight is higher than what was announced, in any order of commits."""
    app = make_app(empty_url)
    Client(app).get("/collections")
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "postgresql":
        open_ones = []
        for _ in range(4):
            connection = engine.connect()
            transaction = connection.begin()
            announce(connection)
            open_ones.append((connection, transaction, next_revision(connection)))
        for connection, transaction, _ in reversed(open_ones[1:]):
            transaction.commit()
            connection.close()
            with engine.connect() as follower:
                assert settled(follower) < open_ones[0][2]
        open_ones[0][1].commit()
        open_ones[0][0].close()
        with engine.connect() as follower:
            assert settled(follower) == open_ones[-1][2]
    dispose(app)
