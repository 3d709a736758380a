#!/bin/sh
# Runs backup.sh every night at two o'clock UTC. A failed backup is logged, and retried the next night.
set -u
while :; do
  sleep $(((86400 + 2 * 3600 - 1 - $(date -u +%s) % 86400) % 86400 + 1))
  backup.sh "$1" || echo "The backup failed: see above." >&2
done
