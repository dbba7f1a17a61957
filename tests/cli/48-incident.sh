#!/usr/bin/env bash
# incident - a ledger of 1,000 releases, and a key that was lost after half of
# them: the plan is what Python counts in the events and blobs by itself.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"

mkdir made && "$BUILD/tests/bench-ledger" make made/ledger.git 13000 > size
here=(--repo made/ledger.git --log-key made/vkey --view view)

# ---- the middle, and what is on either side of it, without our program
cat > count.py <<'PY'
import json, subprocess, sys
def git(*words, data=None):
    return subprocess.run(["git", "-C", "made/ledger.git", *words], input=data, check=True, stdout=subprocess.PIPE).stdout
rows = git("ls-tree", "-r", "tagseal/ledger").decode().splitlines()
names = {row.split("\t")[1]: row.split()[2] for row in rows}
def contents(ids):
    out, at = git("cat-file", "--batch", data="\n".join(ids).encode()), 0
    for _ in ids:
        end = out.index(b"\n", at)
        size = int(out[at:end].split()[2])
        yield json.loads(out[end + 1:end + 1 + size])
        at = end + 2 + size
events = list(contents([i for n, i in sorted(names.items()) if n.startswith("events/")]))
done = [ev for ev in events if ev["type"] == "artifact.verified"]
trees = contents([names["blobs/sha256/%s/%s/%s" % (h[:2], h[2:4], h[4:])] for h in (ev["tree_sha256"] for ev in done)])
stamps = [[s["timestamp"] for s in tree["signatures"]] for tree in trees]
middle = sys.argv[1] if len(sys.argv) > 1 else sorted(t for all in stamps for t in all)[len(stamps) * 2]
lives = sum(t < middle for all in stamps for t in all)
print(json.dumps({"at": middle, "releases": {"survives": sum(max(all) < middle for all in stamps), "dies": sum(max(all) >= middle for all in stamps)},
                  "signatures": {"survives": lives, "dies": sum(map(len, stamps)) - lives}}))
PY
python3 count.py > counted
want 0 jq -e '.releases | .survives > 400 and .dies > 400' counted
at=$(jq -r .at counted)
want 0 "$TAGSEAL" incident plan "${here[@]}" --certificate acme-release --since "$at" -o plan.json
want_same "$(jq -cS '{releases, signatures}' counted)" "$(jq -cS '.count | {releases, signatures}' plan.json)" 'the plan counts'
key=$(printf '0123456789abcdef%.0s' 1 2 3 4)
want 0 "$TAGSEAL" incident plan "${here[@]}" --key "$key" --since "$at" -o by-key.json
want_same "$(jq -cS .count plan.json)" "$(jq -cS .count by-key.json)" 'by the key, it counts'

# ---- a report of all of them
want 0 "$TAGSEAL" incident plan "${here[@]}" --certificate acme-release --since "$at" --markdown
want_same "$(jq '.releases | .survives + .dies' counted)" "$(grep -c '^### ' <<< "$out")" 'releases in the report'
