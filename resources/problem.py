"""``/problems`` and ``/problems/{name}``: what a refusal means and how to mend it."""

from typing import Any

from flask import Response
from flask.views import MethodView
from flask_smorest import Blueprint

from models.refusal import Refusal
from resources.answer import tagged
from resources.parameters import no_parameters
from resources.transaction import demand_known_if_said
from schemas.problem import PROBLEMS

blp = Blueprint("problems", __name__, url_prefix="/problems", description="Kinds of refusal")
blp.before_request(demand_known_if_said)


@blp.route("")
class Problems(MethodView):
    def get(self) -> Response:
        no_parameters()
        return _answer({"items": [described(name) for name in PROBLEMS]})


@blp.route("/<name>")
class OneProblem(MethodView):
    def get(self, name: str) -> Response:
        if name not in PROBLEMS:
            raise Refusal("not-found", "There is no such kind of problem.")
        no_parameters()
        return _answer(described(name))


def described(name: str) -> dict[str, Any]:
    problem = PROBLEMS[name]
    return {"type": f"/problems/{name}", **problem._asdict()}


def _answer(value: Any) -> Response:
    return tagged(value)
