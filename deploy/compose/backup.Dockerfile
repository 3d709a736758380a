FROM bounded
USER root
# Debian's client has the version of the server in docker-compose.yml: a later server needs a later client
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/* \
    && install -d -m 700 -o 10001 -g 10001 /backups
COPY --chmod=755 backup.sh nightly.sh /usr/local/bin/
USER 10001:10001
HEALTHCHECK --interval=1h --start-period=26h --retries=1 \
    CMD find /backups -name '*.backup' -mmin -1560 | grep -q .
CMD ["nightly.sh", "/backups"]
