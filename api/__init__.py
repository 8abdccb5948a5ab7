"""``create_app`` makes the WSGI application."""

from pathlib import Path

from flask import Flask, Response, request
from flask_smorest import Api
from sqlalchemy.engine import make_url

from api import auth, coding, errors, headers, limits, logs, metrics, openapi
from api.door import Door
from api.preparation import preparing
from api.settings import Settings, read_settings
from models.database import (
    Moved,
    db,
    engine_options,
    engine_url,
    prepare_postgresql,
    prepare_sqlite,
    unavailable,
)
from resources import BLUEPRINTS
from resources.condition import finished
from resources.path import KeyConverter, NameConverter

VERSION = "0.1.0"
ATTEMPTS = 4
# What a view says of the bodies it takes (RFC 5789 section 3.1, Linked Data Platform
# 7.1, and the draft that QUERY comes from).
ACCEPTED = {
    "Accept-Post": "accept_post",
    "Accept-Patch": "accept_patch",
    "Accept-Query": "accept_query",
}


class Pennyworth(Flask):
    """Flask, but a request begins again where what it had read moved under it."""

    def dispatch_request(self):  # type: ignore[no-untyped-def]
        for _ in range(ATTEMPTS):
            try:
                return finished(super().dispatch_request())
            except Moved:
                continue
        raise unavailable("What this works on is being changed just now.")

    def make_default_options_response(self) -> Response:
        response = super().make_default_options_response()
        response.status_code = 204
        response.headers["Allow"] = errors.allowed(response.allow)
        del response.headers["Content-Type"]
        view = getattr(self.view_functions[str(request.endpoint)], "view_class", None)
        for field, attribute in ACCEPTED.items():
            if types := getattr(view, attribute, None):
                response.headers[field] = ", ".join(types)
        return response


class OwnErrors(Api):
    """flask-smorest's error handler drops header fields; api/errors.py has them all."""

    def _register_error_handlers(self) -> None:
        pass


def create_app(settings: Settings | None = None) -> Flask:
    settings = settings or read_settings()
    app = Pennyworth("pennyworth", static_folder=None)
    app.config |= configuration(settings)
    app.url_map.merge_slashes = False
    app.url_map.redirect_defaults = False
    app.url_map.converters |= {"key": KeyConverter, "name": NameConverter}
    logs.configure()
    _connect(app, settings)
    for layer in (logs, errors, coding, headers, metrics, openapi):
        layer.install(app)
    limits.install(app, settings.rate_limit, settings.admin_key)
    auth.install(app, settings.admin_key)
    api = OwnErrors(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.wsgi_app = Door(app.wsgi_app, settings)  # type: ignore[method-assign]
    return app


def configuration(settings: Settings) -> dict[str, object]:
    return {
        "PENNYWORTH": settings,
        "API_TITLE": "Pennyworth",
        "API_VERSION": VERSION,
        "OPENAPI_VERSION": "3.1.0",
        "SQLALCHEMY_DATABASE_URI": engine_url(settings.database_url),
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url, settings.threads),
        "SQLALCHEMY_TRACK_MODIFICATIONS": False,
    }


def _connect(app: Flask, settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.drivername == "sqlite" and url.database:
        path = Path(url.database).absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        uri = f"sqlite:///{path}"
        app.config["SQLALCHEMY_DATABASE_URI"] = uri
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        prepare_sqlite(engine, settings.sqlite_synchronous)
    else:
        prepare_postgresql(engine)
    app.extensions["pennyworth.prepare"] = preparing(lambda: engine, settings)
