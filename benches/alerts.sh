#!/usr/bin/env bash
# Alerts delivered a minute to ten receivers on loopback, and the same with one of them that never
# answers. Prints its figures; judges nothing. Arguments go to cargo (`--profile dev`).
set -euo pipefail
cd "$(dirname "$0")/.."
INCIDENTS="${INCIDENTS:-500}" cargo bench --quiet --bench alerts "$@"
