#!/usr/bin/env bash
# check.sh DOCUMENT.json ...: spectral, redocly, and a TypeScript client's types. Warnings fail.
set -euo pipefail
[ $# -gt 0 ] || { echo "usage: check.sh DOCUMENT.json ..." >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/node_modules/.bin
# Nothing here asks the network for anything, except npm, once.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true CI=true

stamp=$here/node_modules/.installed
lock=$(sha256sum < "$here/package-lock.json")
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
  command -v npm > /dev/null || { echo "This needs Node.js 20.19 or newer, with npm." >&2; exit 1; }
  echo "Installing what checks the OpenAPI documents (the first time only) ..."
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null)
  echo "$lock" > "$stamp"
fi

types=$(mktemp -d)
trap 'rm -rf "$types"' EXIT
failed=0

echo "spectral ..."
"$bin/spectral" lint --quiet --fail-severity=warn --ruleset "$here/spectral.yaml" "$@" || failed=1

echo "redocly ..."
# It succeeds with warnings, so what it says has to be read.
if ! out=$("$bin/redocly" lint --config "$here/redocly.yaml" --format=stylish "$@" 2>&1) ||
  grep -qE '[0-9]+ warnings?' <<< "$out"; then
  echo "$out"
  failed=1
fi

echo "openapi-typescript and tsc ..."
n=0
for document in "$@"; do
  n=$((n + 1))
  "$bin/openapi-typescript" "$document" --redocly "$here/redocly.yaml" -o \
    "$types/$n-$(basename "$document" .json).d.ts" > /dev/null || failed=1
done
# Not the DOM's types nor those of packages nearby: checking them takes longer than all the rest.
cat > "$types/tsconfig.json" <<'END'
{
  "compilerOptions": {
    "strict": true, "noEmit": true, "skipLibCheck": false, "lib": ["es2022"], "types": []
  },
  "include": ["*.d.ts"]
}
END
if compgen -G "$types/*.d.ts" > /dev/null; then
  "$bin/tsc" -p "$types" || failed=1
fi
exit $failed
