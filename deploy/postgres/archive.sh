#!/usr/bin/env bash
# Keep one segment of the log beside the data, for a restore to any minute: %p %f of archive_command.
# A segment that is there already must be the same: a promoted server sends its last one again.
set -euo pipefail
place=${AME_WAL_FOLDER:-/wal}/$2
if [ -e "$place" ]; then exec cmp -s "$1" "$place"; fi
cp "$1" "$place.draft"
sync "$place.draft"
mv "$place.draft" "$place"
