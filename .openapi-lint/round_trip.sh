#!/usr/bin/env bash
# round_trip.sh DOCUMENT.json ADDRESS KEY: makes types of what a server documents, compiles
# round_trip.ts against them, and runs it against that server. After check.sh, which installs.
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: round_trip.sh DOCUMENT.json ADDRESS KEY" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/node_modules/.bin
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

echo "openapi-fetch ..."
# Without the option what has a default would have to be sent.
"$bin/openapi-typescript" "$1" --redocly "$here/redocly.yaml" --default-non-nullable false \
  -o "$room/served.d.ts" > /dev/null
cp "$here/round_trip.ts" "$room"
ln -s "$here/node_modules" "$room"
echo '{"type": "module"}' > "$room/package.json"
cat > "$room/tsconfig.json" <<'END'
{
  "compilerOptions": {
    "strict": true, "noUncheckedIndexedAccess": true, "skipLibCheck": true, "types": [],
    "lib": ["es2022", "dom"], "target": "es2022", "module": "nodenext"
  },
  "include": ["round_trip.ts"]
}
END
"$bin/tsc" -p "$room"
node "$room/round_trip.js" "$2" "$3"
