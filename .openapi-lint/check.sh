#!/usr/bin/env bash
# check.sh DOCUMENT.json ...: spectral, redocly, and a TypeScript client's types. Warnings fail.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true CI=true
stamp=$here/node_modules/.installed
lock=$(sha256sum "$here/package-lock.json")
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
  echo "Installing what checks the OpenAPI documents (the first time only) ..."
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --silent)
  echo "$lock" > "$stamp"
fi
bin=$here/node_modules/.bin
types=$(mktemp -d)
trap 'rm -rf "$types"' EXIT
echo "spectral ..."
"$bin/spectral" lint --quiet --fail-severity=warn --ruleset "$here/spectral.yaml" "$@"
for document in "$@"; do
  echo "redocly $(basename "$document") ..."
  out=$("$bin/redocly" lint --config "$here/redocly.yaml" --format=stylish "$document" 2>&1) || { echo "$out"; exit 1; }
  if grep -qE '[0-9]+ warnings?' <<< "$out"; then echo "$out"; exit 1; fi
  "$bin/openapi-typescript" "$document" -o "$types/$(basename "$document" .json).ts" > /dev/null
done
echo "tsc ..."
"$bin/tsc" --strict --noEmit --skipLibCheck false "$types"/*.ts
