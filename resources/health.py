"""``/health/live`` and ``/health/ready``."""

from flask import Response, current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from models.database import db
from models.health import check
from resources.answer import answer
from resources.parameters import no_parameters

blp = Blueprint("health", __name__, url_prefix="/health", description="Is it well?")


@blp.route("/live")
class Live(MethodView):
    def get(self) -> Response:
        no_parameters()
        return answer({"status": "live"})


@blp.route("/ready")
class Ready(MethodView):
    def get(self) -> Response:
        no_parameters()
        check(db.engine, current_app.extensions["pennyworth.prepare"])
        return answer({"status": "ready"})
