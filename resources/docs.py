"""``/docs``: Swagger UI, its files from the package swagger-ui-py (none of its code is run)."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from models.refusal import Refusal
from resources.answer import Lasting, lasting_tag
from resources.parameters import no_parameters
from resources.transaction import demand_known_if_said

blp = Blueprint("docs", __name__, url_prefix="/docs", description="Swagger UI")
blp.before_request(demand_known_if_said)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pennyworth: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
# The document shows what its reader could do, so it is fetched again when who reads changes.
# Hundreds of conditions take Swagger UI seconds to show, so those with an operator wait to be asked
# for; no name of a field has `__`.
START = b"""let bearer = null;
const fewer = (Parameters, {React}) => (props) => {
  const [all, show] = React.useState(false);
  const plain = props.parameters.filter((one) => !one.get("name", "").includes("__"));
  const more = props.parameters.size - plain.size;
  const box = React.createElement("input", {
    type: "checkbox", checked: all, onChange: (event) => show(event.target.checked),
  });
  const label = React.createElement("label", {style: {display: "block", padding: "10px 20px"}},
    box, ` With ${more} conditions by operator, such as field__gte`);
  const parameters = all ? props.parameters : plain;
  return React.createElement(React.Fragment, null,
    more ? label : null, React.createElement(Parameters, {...props, parameters}));
};
const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor(request) {
    if (request.loadSpec && bearer) request.headers.Authorization = "Bearer " + bearer;
    return request;
  },
  plugins: [() => ({wrapComponents: {parameters: fewer}, statePlugins: {auth: {wrapActions: {
    authorize: (original, system) => (payload) => {
      bearer = payload.bearer ? payload.bearer.value : null;
      const done = original(payload);
      system.specActions.download();
      return done;
    },
    logout: (original, system) => (payload) => {
      bearer = null;
      const done = original(payload);
      system.specActions.download();
      return done;
    },
  }}}})],
});
"""
TYPES = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


@blp.route("")
class Docs(MethodView):
    def get(self) -> Response:
        no_parameters()
        headers = {"ETag": lasting_tag(PAGE), "Content-Security-Policy": POLICY}
        return Response(PAGE, 200, headers, content_type="text/html; charset=utf-8")


@blp.route("/<file>")
class DocsFile(MethodView):
    def get(self, file: str) -> Response:
        data, media_type = _file(file)
        no_parameters()
        headers = {"ETag": lasting_tag(data), "Cache-Control": "public, max-age=3600"}
        return Lasting(data, 200, headers, content_type=media_type)


@lru_cache
def _file(name: str) -> tuple[bytes, str]:
    if name == "start.js":
        return START, "text/javascript; charset=utf-8"
    if name not in TYPES:
        raise Refusal("not-found", "There is no such file.")
    return (_static() / name).read_bytes(), TYPES[name]


def _static() -> Path:
    spec = find_spec("swagger_ui")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal("internal-error", "Swagger UI is not installed.")
    return Path(spec.submodule_search_locations[0]) / "static"
