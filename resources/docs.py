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
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
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
# Hundreds of conditions take Swagger UI seconds to show, so those with an operator wait to be asked
# for; no name of a field has `__`.
FEWER = b"""const fewer = (Parameters, {React}) => (props) => {
  const h = React.createElement;
  const [all, show] = React.useState(false);
  const plain = props.parameters.filter((one) => !one.get("name", "").includes("__"));
  const more = props.parameters.size - plain.size;
  const box = h("input", {
    type: "checkbox", checked: all, onChange: (event) => show(event.target.checked),
  });
  const label = h("label", {style: {display: "block", padding: "10px 20px"}},
    box, ` With ${more} conditions by operator, such as field__gte`);
  const parameters = all ? props.parameters : plain;
  return h(React.Fragment, null, more ? label : null, h(Parameters, {...props, parameters}));
};
"""
# In the dialog of Authorize, above the field for a key. The token is kept in the page alone.
SIGN_IN = b"""const signIn = async (form) => {
  const {email, password} = Object.fromEntries(new FormData(form));
  const answer = await fetch("/auth/sessions", {
    method: "POST", credentials: "omit", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({email, password}),
  });
  const said = await answer.json();
  return answer.ok ? {token: said.token} : {refused: said.detail};
};
const signingIn = (Auths, {React}) => (props) => {
  const h = React.createElement;
  const [refused, refuse] = React.useState("");
  const [busy, wait] = React.useState(false);
  const schema = props.definitions.get("bearer");
  if (!schema || props.authSelectors.authorized().get("bearer")) return h(Auths, props);
  const submit = async (event) => {
    event.preventDefault();
    wait(true);
    const done = await signIn(event.target).catch(() => ({refused: "There is no answer."}));
    wait(false);
    if (done.refused) return refuse(done.refused);
    props.authActions.authorize({bearer: {name: "bearer", schema, value: done.token}});
  };
  const field = (label, input) => h("div", {className: "wrapper"},
    h("label", null, label, h("section", null, h("input", {required: true, ...input}))));
  const form = h("form", {className: "auth-container", id: "sign-in", onSubmit: submit},
    h("h4", null, "Sign in"),
    field("E-mail:", {name: "email", type: "text", autoComplete: "username"}),
    field("Password:", {name: "password", type: "password", autoComplete: "current-password"}),
    refused ? h("div", {className: "errors", role: "alert"}, refused) : null,
    h("div", {className: "auth-btn-wrapper"}, h("button", {
      type: "submit", className: "btn modal-btn auth authorize", disabled: busy,
    }, "Sign in")));
  return h(React.Fragment, null, form, h(Auths, props));
};
"""
# The document shows what its reader could do, so it is fetched again when who reads changes.
UI = b"""let bearer = null;
const readBy = (who) => (original, system) => (payload) => {
  bearer = who(payload);
  const done = original(payload);
  system.specActions.download();
  return done;
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
  plugins: [() => ({
    wrapComponents: {parameters: fewer, auths: signingIn},
    statePlugins: {auth: {wrapActions: {
      authorize: readBy((payload) => payload.bearer ? payload.bearer.value : null),
      logout: readBy(() => null),
    }}},
  })],
});
"""
START = FEWER + SIGN_IN + UI
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
