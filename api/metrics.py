"""Counts and times for Prometheus, over all workers (PROMETHEUS_MULTIPROC_DIR, set by serve)."""

import os
import time

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from resources.parameters import no_parameters

LABELS = ("method", "route", "status")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"))
REQUESTS = Counter("pennyworth_requests", "Requests answered.", LABELS)
SECONDS = Histogram("pennyworth_request_seconds", "Seconds until the answer.", ("method", "route"))

blp = Blueprint("metrics", __name__)


@blp.get("/metrics")
def metrics() -> Response:
    no_parameters()
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def install(app: Flask) -> None:
    app.register_blueprint(blp)
    app.after_request(_count)


def _count(response: Response) -> Response:
    """By route, not by path: as many series as there are routes, whatever is asked for."""
    method = request.method if request.method in METHODS else "other"
    route = request.url_rule.rule if request.url_rule else "none"
    REQUESTS.labels(method, route, str(response.status_code)).inc()
    if (began := g.get("began")) is not None:
        SECONDS.labels(method, route).observe(time.perf_counter() - began)
    return response
