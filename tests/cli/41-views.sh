#!/usr/bin/env bash
# audit log, find, show, rebuild: over a ledger that the ledger's tests wrote,
# and over views that are old, foreign, damaged or hostile.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD/home
unset XDG_CACHE_HOME
mkdir made home
"$BUILD/tests/write-ledger" made ed25519 ed25519 > written
read -r size root < written
from=(--repo made/ledger.git --log-key made/vkey)
ledger=("${from[@]}" --view view)

# ---- events, one line each
want 0 "$TAGSEAL" audit log "${ledger[@]}"
want_same "$size" "$(wc -l <<< "$out")" "events"
says "keys.intended"
says_not "unverified"
want 0 test "$(stat -c %a view)" = 600
want 0 "$TAGSEAL" audit log "${ledger[@]}" --json
want 0 jq -e "length == $size and .[0].type == \"ledger.created\"" <<< "$out"
want 0 "$TAGSEAL" audit log "${ledger[@]}" --last 3 --json
want 0 jq -e "map(.n) == [$((size - 3)), $((size - 2)), $((size - 1))]" <<< "$out"
want 0 "$TAGSEAL" audit log "${ledger[@]}" --type keys.used
want_same 4 "$(wc -l <<< "$out")" "uses"
want 0 "$TAGSEAL" audit log "${ledger[@]}" --type approval.counted --person bob --json
want 0 jq -e 'length == 2' <<< "$out"
want 3 "$TAGSEAL" audit log "${ledger[@]}" --person person/nobody
want 3 "$TAGSEAL" audit log "${ledger[@]}" --since 2100-01-01 --json
want_same "[]" "$out" "nothing"
want 0 "$TAGSEAL" audit log "${ledger[@]}" --since 2020-01-01 --until 2100-01-01T00:00:00Z
want_same "$size" "$(wc -l <<< "$out")" "events of a century"
want 3 "$TAGSEAL" audit log "${ledger[@]}" --until 2020-01-01
refuses USAGE 2 "$TAGSEAL" audit log "${ledger[@]}" --since yesterday
refuses USAGE 2 "$TAGSEAL" audit log "${ledger[@]}" --type keys.useless
refuses USAGE 2 "$TAGSEAL" audit log "${ledger[@]}" --request v1.2.3
refuses USAGE 2 "$TAGSEAL" audit log "${ledger[@]}" --last 0
refuses USAGE 2 "$TAGSEAL" audit log "${ledger[@]}" --csv --json

# ---- CSV, judged by a reader that nobody here wrote
want 0 "$TAGSEAL" audit log "${ledger[@]}" --csv
"$TAGSEAL" audit log "${ledger[@]}" --csv > log.csv
want 0 python3 - "$size" <<-'PY'
	import csv, sys
	rows = list(csv.DictReader(open("log.csv", newline="")))
	assert len(rows) == int(sys.argv[1])
	assert [int(r["n"]) for r in rows] == list(range(len(rows)))
	assert rows[1]["type"] == "ref.seen" and rows[1]["request"] == ""
PY

# ---- find
hex=$("$TAGSEAL" audit find "${ledger[@]}" --name app.zip --json | jq -r '.[0].sha256')
want 0 "$TAGSEAL" audit find "${ledger[@]}" --sha256 "$hex"
says "app.zip"
says "published"
want 0 "$TAGSEAL" audit find "${ledger[@]}" --key "$hex" --certificate certificates/acme-release --type keys.intended --json
want 0 jq -e 'length == 4' <<< "$out"
want 0 "$TAGSEAL" audit find "${ledger[@]}" --sha256 "$hex" --type artifact.verified --csv
says "n,at,type,request,role,path,sha256,summary"
want 3 "$TAGSEAL" audit find "${ledger[@]}" --file made/vkey
want 3 "$TAGSEAL" audit find "${ledger[@]}" --name app.zi
refuses USAGE 2 "$TAGSEAL" audit find "${ledger[@]}"
refuses USAGE 2 "$TAGSEAL" audit find "${ledger[@]}" --sha256 abc
refuses USAGE 2 "$TAGSEAL" audit find "${ledger[@]}" --key ABC
refuses USAGE 2 "$TAGSEAL" audit find "${ledger[@]}" --file made/vkey --sha256 "$hex"
refuses FILE-MISSING 2 "$TAGSEAL" audit find "${ledger[@]}" --file nothing
# One id finds all that names it.
id_of() { git -C made/ledger.git grep -ho "\"$1\":\"[^\"]*" refs/heads/tagseal/ledger -- events | sed 's/.*"//' | sort -u | head -1; }
found() { want 0 "$TAGSEAL" audit find "${ledger[@]}" "${@:2}" --json && want_same "$1" "$(jq -c 'map(.type) | unique' <<< "$out")" "by ${*:2}"; }
uses='["keys.intended","keys.used"]'
found "$uses" --token "$(id_of serial)"
found "$uses" --session "$(id_of session)"
found "$uses" --certificate "$(id_of certificate_sha256)"
found '["approval.counted","request.authorised"]' --approval "$(id_of statement_sha256)"
want 0 "$TAGSEAL" audit find "${ledger[@]}" --commit "$(id_of commit_id)" --json
want_same "$((size - 1))" "$(jq length <<< "$out")" 'events by a commit of the config repo'
want 3 "$TAGSEAL" audit find "${ledger[@]}" --build "$(id_of serial)"
refuses USAGE 2 "$TAGSEAL" audit find "${ledger[@]}" --approval 12

# ---- show
want 0 "$TAGSEAL" audit show 1 "${ledger[@]}" --json
want 0 jq -e '.n == 1 and .type == "ref.seen"' <<< "$out"
id=$("$TAGSEAL" requests "${from[@]}" --json | jq -r '.[0].id')
want 0 "$TAGSEAL" audit show "${id:0:14}" "${ledger[@]}"
says "completed"
says "person/carol"
want 0 "$TAGSEAL" audit show "$id" "${ledger[@]}" --json
want 0 jq -e '.request.state == "completed" and (.approvals | length) == 2 and (.key_uses | map(.outcome)) == ["used", "used"] and (.key_uses | all(.serial == "0123456789abcdef" and .token == "acme")) and (.links | any(.kind == "commit")) and (.events | length) == 12' <<< "$out"
refuses LEDGER-NO-EVENT 3 "$TAGSEAL" audit show "$size" "${ledger[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" audit show sr- "${ledger[@]}"
refuses REQUEST-UNKNOWN 3 "$TAGSEAL" audit show "sr-$(printf '0%.0s' {1..64})" "${ledger[@]}"
refuses USAGE 2 "$TAGSEAL" audit show v1.2.3 "${ledger[@]}"

# ---- it is brought up to date, and goes on from what is older
cp -r made/ledger.git older.git
git -C older.git update-ref refs/heads/tagseal/ledger refs/heads/tagseal/ledger~3
grow=(--log-key made/vkey --view grown)
want 0 "$TAGSEAL" audit log --repo older.git "${grow[@]}" --json
short=$(jq length <<< "$out")
want 0 test "$short" -lt "$size"
want 0 "$TAGSEAL" audit rebuild --repo made/ledger.git "${grow[@]}" --compare
says "it was the same, 0 of its rows for $short events"
"$TAGSEAL" audit log --repo older.git "${grow[@]}" > /dev/null
want 0 "$TAGSEAL" audit log --repo made/ledger.git "${grow[@]}" --json
want 0 jq -e "length == $size" <<< "$out"
want 0 "$TAGSEAL" audit rebuild --repo made/ledger.git "${grow[@]}" --compare --json
want 0 jq -e ".events == $size and .root_sha256 == \"$root\" and .compared == \"it was the same\" and .differences == 0" <<< "$out"
# Deleted, it is made again; without --view it lies in the person's cache.
rm grown
want 0 "$TAGSEAL" audit log --repo made/ledger.git "${grow[@]}"
want 3 "$TAGSEAL" audit rebuild "${from[@]}" --compare
says "there was none"
want 0 test -f home/.cache/tagseal/view-*.sqlite
want 0 env XDG_CACHE_HOME="$WORLD/cache" "$TAGSEAL" audit rebuild "${from[@]}"
want 0 test -f cache/tagseal/view-*.sqlite
refuses USAGE 2 env -u HOME "$TAGSEAL" audit log "${from[@]}"
want_same "" "$(find . -name '*.sqlite.*' -o -name 'view.*' -o -name 'grown.*')" "left behind"

# ---- a view that nobody checked is none for who gives a key, and no rewritten
# ledger is answered for
"$TAGSEAL" audit log --repo made/ledger.git --view word 2> said > /dev/null
want 0 grep -q unverified said
mkdir other && "$BUILD/tests/write-ledger" other ed25519 ed25519 > /dev/null
want 6 "$TAGSEAL" audit log --repo made/ledger.git --log-key other/vkey --view word
want 1 "$TAGSEAL" audit rebuild --repo other/ledger.git --log-key other/vkey --view word --compare
says "it was of another ledger"
cp view before
cp -r made/ledger.git forged.git
tree=$(git -C forged.git rev-parse refs/heads/tagseal/ledger^{tree})
commit=$(GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x \
    git -C forged.git commit-tree "$tree" -p refs/heads/tagseal/ledger -m forged)
git -C forged.git update-ref refs/heads/tagseal/ledger "$commit"
want 6 "$TAGSEAL" audit log --repo forged.git --log-key made/vkey --view view
same view before

# ---- rows that the ledger does not have
meddle() { # SQL: changes the view behind our back
	python3 -c 'import sqlite3, sys; c = sqlite3.connect("view"); c.executescript(sys.argv[1]); c.commit()' "$1"
}
meddle "DELETE FROM approvals WHERE n = 4; INSERT INTO named VALUES('person', 'person/eve', 3)"
want 1 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare
says "missing approvals"
says 'false named: {"kind":"person","value":"person/eve","n":3}'
says "it differed, 2 of its rows"
want 0 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare
meddle "UPDATE requests SET state = 'denied'"
want 1 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare --json
want 0 jq -e '.differences == 6 and .rows[0].table == "requests" and .compared == "it differed"' <<< "$out"
# An event whose hash was changed is not shown; the view is made anew for it.
meddle "UPDATE events SET leaf = '$hex' WHERE n = 1"
want 0 "$TAGSEAL" audit show 1 "${ledger[@]}" --json
want 0 jq -e '.n == 1' <<< "$out"
want 0 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare

# ---- hostile and damaged files: made anew, or refused if they are not ours
for sql in "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END" \
    "CREATE VIEW w AS SELECT load_extension('/tmp/x')" "DROP TABLE artifacts" \
    "DELETE FROM state" "PRAGMA user_version = 9"; do
	meddle "$sql"
	want 1 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare
	says "it was damaged"
	meddle "$sql"
	want 0 "$TAGSEAL" audit find "${ledger[@]}" --sha256 "$hex"
done
head -c 6000 view > cut && mv cut view
want 0 "$TAGSEAL" audit log "${ledger[@]}"
want_same "$size" "$(wc -l <<< "$out")" "events after a cut"
python3 - <<-'PY'
	b = bytearray(open("view", "rb").read())
	b[4096:] = b"\xa5" * (len(b) - 4096)
	open("view", "wb").write(b)
PY
want 0 "$TAGSEAL" audit find "${ledger[@]}" --sha256 "$hex"
want 0 "$TAGSEAL" audit rebuild "${ledger[@]}" --compare
: > view
want 0 "$TAGSEAL" audit log "${ledger[@]}"
echo "my diary" > diary
cp diary kept
refuses VIEW-FOREIGN 2 "$TAGSEAL" audit log "${from[@]}" --view diary
refuses VIEW-FOREIGN 2 "$TAGSEAL" audit rebuild "${from[@]}" --view diary
same diary kept
python3 -c 'import sqlite3; c = sqlite3.connect("others"); c.execute("CREATE TABLE events(n)"); c.commit()'
refuses VIEW-FOREIGN 2 "$TAGSEAL" audit log "${from[@]}" --view others
mkfifo pipe
refuses FILE-KIND 2 timeout 20 "$TAGSEAL" audit log "${from[@]}" --view pipe
ln -s diary link
refuses FILE-KIND 2 "$TAGSEAL" audit log "${from[@]}" --view link
refuses FILE-ACCESS 2 "$TAGSEAL" audit log "${from[@]}" --view nowhere/view
# A journal that lies beside it is not for us.
cp view calm
head -c 4096 /dev/urandom > view-journal
want 0 "$TAGSEAL" audit log "${ledger[@]}"
same view calm
