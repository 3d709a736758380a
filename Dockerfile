FROM node:22-slim AS front-end

WORKDIR /FE
# the packages in a layer of their own, which stays cached when the code changes
COPY FE/package.json FE/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY FE .
RUN npm run build


FROM python:3.12-slim AS builder

# --without-pip: the final image installs nothing
RUN python -m venv --without-pip /opt/venv
# requirements-otel.txt to trace, requirements-sentry.txt to trace and to report errors
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-otel.txt requirements-sentry.txt /tmp/
# wheels only: the slim image has no compiler, and a source distribution runs code to be built
RUN pip --python /opt/venv/bin/python install --no-cache-dir --only-binary=:all: --require-hashes \
    -r /tmp/$REQUIREMENTS

WORKDIR /app
# .dockerignore lists what belongs to the application; of the front end only the build
COPY . .
RUN rm -rf FE
COPY --from=front-end /FE/dist FE/dist
# The modes come from the checkout, where a strict umask hides the files from other users.
# Bytecode is compiled here because the application may not write next to its code.
RUN chmod -R u=rwX,go=rX . && /opt/venv/bin/python -m compileall -q .


FROM python:3.12-slim

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ENVIRONMENT=production \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data

# The uid is fixed so that a volume outlives the image. A new named volume takes over the owner
# and the mode of /data.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin bounded \
    && install -d -m 700 -o bounded -g bounded "$DATA_DIR"

WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app .

# by number: Kubernetes' runAsNonRoot cannot check a name
USER 10001:10001
EXPOSE 8000

# http.client, because urllib would use a configured proxy for 127.0.0.1
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-IS", "-c", "import http.client, os, sys; \
connection = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('PORT') or 8000), timeout=4); \
connection.request('GET', '/health/live'); \
sys.exit(connection.getresponse().status != 200)"]

CMD ["python", "manage.py", "serve"]
