"""``/``: a page for a browser, links for everyone else."""

from flask import Response, request
from flask.views import MethodView
from flask_smorest import Blueprint

from resources.answer import JSON, body_tag
from resources.negotiation import demand_acceptable
from resources.parameters import no_parameters
from resources.transaction import demand_known_if_said
from schemas.json import json_bytes

blp = Blueprint("home", __name__, description="Where things are")
blp.before_request(demand_known_if_said)

LINKS = {
    "collections": "/collections",
    "me": "/auth/me",
    "sessions": "/auth/sessions",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "problems": "/problems",
    "live": "/health/live",
    "ready": "/health/ready",
    "metrics": "/metrics",
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pennyworth</title>
<h1>Pennyworth</h1>
<p>A REST backend that keeps HTTP's promises.</p>
<ul>
<li><a href="/docs">Try the API</a> in Swagger UI
<li><a href="/openapi.json">The OpenAPI document</a> of these collections
<li><a href="/problems">What refusals mean</a>
<li><a href="/health/ready">Is it well?</a> and <a href="/metrics">its metrics</a>
</ul>
</html>
"""


@blp.route("/")
class Home(MethodView):
    def get(self) -> Response:
        no_parameters()
        demand_acceptable(JSON, "text/html")
        if request.accept_mimetypes.best_match([JSON, "text/html"], JSON) == "text/html":
            data, type = PAGE.encode(), "text/html; charset=utf-8"
        else:
            data, type = json_bytes({"name": "pennyworth", "links": LINKS}), JSON
        headers = {"ETag": body_tag(data), "Content-Security-Policy": "default-src 'none'"}
        return Response(data, 200, headers, content_type=type)
