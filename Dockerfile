# The product as one image; web, worker, beat and migrate are commands of it. No key and no password is in it.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY requirements-bootstrap.lock requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-deps --require-hashes -r requirements-bootstrap.lock \
    && .venv/bin/uv pip install --no-cache --python .venv/bin/python --require-hashes -r requirements.lock \
    && .venv/bin/python -m pip uninstall --yes uv

FROM python:3.11-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_NUM_THREADS=1 \
    PORT=8000 \
    QUAESTOR_ENV=production \
    QUAESTOR_HOME=/var/lib/quaestor
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/quaestor --create-home quaestor
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY manage.py pyproject.toml LICENSE ./
COPY apps apps
COPY config config
COPY templates templates
COPY static static
# The settings are read to find the static files, so they have to be good ones; these are thrown away with the layer.
RUN export QUAESTOR_DATABASE_URL=postgres://none/none QUAESTOR_ALLOWED_HOSTS=build QUAESTOR_BASE_URL=https://build \
        QUAESTOR_LEDGER_NAME=build \
        QUAESTOR_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        QUAESTOR_LEDGER_KEY="$(python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())')" \
        QUAESTOR_CODES_KEY="$(python -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())')" \
    && python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q apps config
USER quaestor
VOLUME /var/lib/quaestor
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PORT']}/health/live\", timeout=4)"]
CMD ["sh", "-c", "exec gunicorn config.wsgi:application --bind=0.0.0.0:$PORT --workers=${QUAESTOR_WORKERS:-2} --threads=8 --timeout=120 --no-control-socket --worker-tmp-dir=/dev/shm"]
