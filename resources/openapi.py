"""``/openapi.json`` and ``/openapi.yaml``: the document that api/openapi.py makes."""

from flask import Response, current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from resources.answer import JSON, Lasting, lasting_tag
from resources.parameters import no_parameters
from resources.transaction import reading

blp = Blueprint("openapi", __name__, description="The OpenAPI document")


@blp.route("/openapi.json")
class OpenApiJson(MethodView):
    def get(self) -> Response:
        return _document("json", JSON)


@blp.route("/openapi.yaml")
class OpenApiYaml(MethodView):
    def get(self) -> Response:
        return _document("yaml", "application/yaml")


def _document(form: str, media_type: str) -> Response:
    with reading() as asked:
        no_parameters()
        definitions, caller = asked.definitions, asked.caller
    data = current_app.extensions[f"pennyworth.openapi.{form}"](definitions, caller)
    return Lasting(data, 200, {"ETag": lasting_tag(data)}, content_type=media_type)
