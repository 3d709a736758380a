#!/bin/sh
# Writes a backup into the directory, verifies it by a restore, and then keeps the newest KEPT_BACKUPS.
# Exits with an error, and removes nothing, if one of them fails.
set -eu
directory=$1
python manage.py backup "$directory/$(date -u +%Y%m%dT%H%M%SZ).backup"
python manage.py drill "$directory" --most-hours 26
find "$directory" -maxdepth 1 -name '*.backup' | sort -r | tail -n "+$((${KEPT_BACKUPS:-14} + 1))" | xargs -r rm --
