FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python -m venv --without-pip /opt/pennyworth

COPY requirements.txt .
RUN pip --python /opt/pennyworth/bin/python install --require-hashes -r requirements.txt

# What makes the wheel is locked too, among what the tests need.
COPY requirements-dev.txt .
RUN awk '/^[a-z]/ { on = /^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/ } on' \
    requirements-dev.txt > requirements-build.txt \
 && pip install --require-hashes -r requirements-build.txt

COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /opt/pennyworth/bin/python install --no-deps /wheels/*.whl


FROM python:3.11-slim
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin pennyworth \
 && install --directory --owner pennyworth --group pennyworth --mode 0700 /data
COPY --from=build /opt/pennyworth /opt/pennyworth
ENV PATH="/opt/pennyworth/bin:$PATH" \
    PENNYWORTH_HOST=0.0.0.0 \
    PENNYWORTH_DATABASE_URL=sqlite:////data/pennyworth.db
USER pennyworth
WORKDIR /data
VOLUME /data
EXPOSE 8000
# Without urllib, which would ask a proxy if one is set.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD python -c "\
import http.client, os, ssl;\
at = '127.0.0.1', int(os.environ.get('PENNYWORTH_PORT') or 8000);\
tls = os.environ.get('PENNYWORTH_TLS_CERT') and ssl._create_unverified_context();\
http = http.client.HTTPSConnection(*at, timeout=4, context=tls) if tls\
 else http.client.HTTPConnection(*at, timeout=4);\
http.request('GET', '/health/ready');\
raise SystemExit(http.getresponse().status != 200)"
CMD ["pennyworth", "serve"]
