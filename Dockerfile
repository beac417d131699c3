# syntax=docker/dockerfile:1
# The service alone: no torch, no training, no tests. Build: docker build -t modsvc .
# Run, with nothing writable but /data (database and secret key) and /tmp (the language detector
# unpacks its model there), after making a key, without which nobody is served:
#   docker run --rm -v modsvc:/data modsvc modsvc key add me --scope score --scope ingest
#   docker run --rm -p 8080:8080 -v modsvc:/data --read-only --tmpfs /tmp:size=256m \
#     --cap-drop ALL --security-opt no-new-privileges modsvc
# docs/deploying.md says more: TLS, browsers, secrets.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/modsvc
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY modsvc ./modsvc
# Such as oidc,postgres,redis: docker build --build-arg EXTRAS=oidc,postgres -t modsvc .
ARG EXTRAS=""
RUN /opt/modsvc/bin/pip install ".${EXTRAS:+[$EXTRAS]}"

FROM python:3.11-slim
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin modsvc \
    && install -d -o 10001 -m 0700 /data
COPY --from=build /opt/modsvc /opt/modsvc
COPY models/default /srv/models/default
WORKDIR /srv
ENV PATH=/opt/modsvc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MODSVC_HOST=0.0.0.0 \
    MODSVC_PORT=8080 \
    MODSVC_MODEL_DIR=/srv/models/default \
    MODSVC_DATA_DIR=/data
VOLUME /data
USER 10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, ssl, urllib.request as u; e = os.environ; tls = 'MODSVC_TLS_KEY' in e; u.urlopen(f\"http{'s' * tls}://127.0.0.1:{e['MODSVC_PORT']}/healthz\", timeout=4, context=ssl._create_unverified_context() if tls else None)"]
CMD ["modsvc", "serve"]
