#!/usr/bin/env bash
# audit export - a folder that stock git, sha256sum, openssl and jq can check,
# with just what a period has; whatever is changed in it is found.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
sha() { sha256sum < "$1" | cut -d' ' -f1; }
# want_not CODE COMMAND…: it fails somehow, but no signal ends it.
want_not() { local got=0; out=$("${@:2}" 2>&1) || got=$?; want 0 test "$got" -ne "$1" -a "$got" -le 128; }
export HOME=$WORLD/home GIT_CONFIG_NOSYSTEM=1
mkdir home made small

# ---- 20 releases
size=$("$BUILD/tests/write-stories" made 20)
ledger=(--repo made/ledger.git --log-key made/vkey)
export_to() { "$TAGSEAL" audit export "$1" "${ledger[@]}" "${@:2}"; }
want 0 export_to all --json
answer=$out
want 0 jq -e --argjson size "$size" '.folder == "all" and .from == 0 and .to == $size and .events == $size and
    .ledger_events == $size and .requests == 20' <<< "$answer"
want_same "$(sha all/SHA256SUMS)" "$(jq -r .sums_sha256 <<< "$answer")" 'the sum of sums'
root=$(jq -r .ledger_root_sha256 <<< "$answer")
want 0 jq -e '.receipts + .without_receipt == 20 and .receipts >= 19' <<< "$answer"
receipts=$(jq .receipts <<< "$answer")
evidence=$(jq .evidence <<< "$answer")
want 0 test "$(stat -c %a all)" = 755
want_same "" "$(find . -maxdepth 1 -name '.*' ! -name .)" 'left beside it'

# Every other file is in SHA256SUMS, once.
cd all
want 0 sha256sum --quiet --strict -c SHA256SUMS
want 0 diff <(find . -type f ! -name SHA256SUMS | sed 's/^..//' | sort) <(cut -c67- SHA256SUMS | sort)
want 0 grep -qF "$size:$root" README.md

# The ledger, by stock git and by us.
want 0 git clone -q --bare ledger.bundle ../cloned.git
want 0 git -C ../cloned.git bundle verify "$PWD/ledger.bundle"
want 0 git -C ../cloned.git fsck --strict --no-dangling
want_same "$(git -C ../made/ledger.git rev-parse tagseal/ledger)" "$(git -C ../cloned.git rev-parse tagseal/ledger)" 'the head'
git -C ../cloned.git -c gpg.ssh.allowedSignersFile="$PWD/allowed_signers" log --show-signature tagseal/ledger > ../log
want_same "$(git -C ../cloned.git rev-list --count tagseal/ledger)" "$(grep -c '^Good "git" signature for' ../log)" 'good signatures'
want 0 "$TAGSEAL" audit verify --repo ../cloned.git --log-key ledger.vkey --at-least "$size:$root"
same ledger.vkey <(cat ../made/vkey; [[ -z $(tail -c 1 ../made/vkey) ]] || echo)

# The events are those of the branch, byte for byte; tables count the same.
git -C ../cloned.git archive tagseal/ledger events | tar -x -C ..
want 0 diff events.jsonl <(find ../events -type f | sort | xargs awk 1)
of_type() { jq -s --arg type "$1" 'map(select(.type == $type)) | length' events.jsonl; }
rows() { python3 -c 'import csv, sys; print(len(list(csv.DictReader(open(sys.argv[1], newline="")))))' "$1"; }
want_same "$(of_type approval.counted)" "$(rows approvals.csv)" approvals
want_same "$(of_type keys.intended)" "$(rows key-uses.csv)" 'uses of keys'
want_same "$(of_type alarm.raised)" "$(rows alarms.csv)" alarms
want_same 20 "$(jq 'map(.id) | unique | length' requests.json)" requests
want 0 jq -e 'all(.[]; .state == "completed")' requests.json
want 0 python3 - <<'PY'
import csv, json
events = [json.loads(l) for l in open("events.jsonl")]
asked = {(e["n"], e["artifact_sha256"]) for e in events if e["type"] == "artifact.verified"}
told = {(int(r["n"]), r["sha256"]) for r in csv.DictReader(open("artifacts.csv", newline="")) if r["role"] == "signed"}
assert asked and asked <= told
PY

# Evidence lies under its hash, each that an event names, and no other.
want 0 python3 - <<'PY'
import csv, hashlib, json, os
files = set(os.listdir("evidence")) - {"index.csv"}
for name in files:
	assert hashlib.sha256(open("evidence/" + name, "rb").read()).hexdigest() == name
rows = {(int(r["n"]), r["sha256"]) for r in csv.DictReader(open("evidence/index.csv", newline=""))}
cited = set()
for event in map(json.loads, open("events.jsonl")):
	cited |= {(event["n"], e["raw_sha256"]) for e in event.get("evidence", [])}
	cited |= {(event["n"], event[k]) for k in ("tree_sha256", "list_sha256", "uses_sha256") if k in event}
assert rows == cited and {sha for n, sha in cited} == files and files
PY
want_same "$evidence" "$(find evidence -type f ! -name index.csv | wc -l)" 'files of evidence'
want_same "$receipts" "$(find receipts -type f | wc -l)" receipts
for file in receipts/*; do
	want 0 "$TAGSEAL" audit receipt --log-key ledger.vkey "$file" --json
	want 0 jq -e --arg name "$(basename "$file")" '"\(.event.artifact_sha256)-\(.event.n).receipt.json" == $name' <<< "$out"
done
cd ..

# ---- a period in the middle has just its own
want 0 export_to part --since 100 --until 200 --json
want 0 jq -e '.from == 100 and .to == 200 and .events == 100' <<< "$out"
want 0 diff part/events.jsonl <(sed -n 101,200p all/events.jsonl)
at() { sed -n "$(($1 + 1))p" all/events.jsonl | jq -r .at; }
want 0 export_to timed --since "$(at 100)" --until "$(at 200)"
same part/events.jsonl timed/events.jsonl
same part/SHA256SUMS timed/SHA256SUMS
within() { python3 -c 'import csv, sys; assert all(100 <= int(r["n"]) < 200 for r in csv.DictReader(open(sys.argv[1], newline="")))' "$1"; }
for file in approvals key-uses artifacts alarms evidence/index; do
	want 0 within part/$file.csv
done
want_same "$(sed -n 101,200p all/events.jsonl | jq -r '.request // empty' | sort -u)" \
    "$(jq -r '.[].id' part/requests.json | sort -u)" 'requests of the period'
want_same "$(sed -n 101,200p all/events.jsonl | grep -c '"type":"artifact.verified"')" "$(find part/receipts -type f | wc -l)" \
    'receipts of the period'
want 0 sh -c 'cd part && sha256sum --quiet --strict -c SHA256SUMS'
# All of the ledger is with it: one period is proven by what came after it.
want_same "$(sha all/ledger.bundle)" "$(sha part/ledger.bundle)" 'the bundle'
# The first and the last event alone; a bound past the end.
want 0 export_to first --until 1
want_same 1 "$(wc -l < first/events.jsonl)" 'the first event'
want 0 export_to last --since $((size - 1)) --until 99999999
want_same $((size - 1)) "$(jq .n last/events.jsonl)" 'the last event'

# ---- nothing is in the period; no such period
for period in "--since $size" "--since 50 --until 50" "--since 60 --until 50" "--since 2100-01-01" "--until 2001-01-01"; do
	# shellcheck disable=SC2086
	want 3 export_to none $period
	says 'no event is in this period'
done
refuses USAGE 2 export_to none --since yesterday
refuses USAGE 2 export_to none --until -1
refuses USAGE 2 export_to none/
want 1 test -e none

# ---- folders that are there stay as they are, and none is half made
cp -r part kept
refuses FILE-EXISTS 2 export_to part
want 0 diff -r part kept
echo diary > diary
refuses FILE-EXISTS 2 export_to diary
ln -s nowhere dangling
refuses FILE-EXISTS 2 export_to dangling
refuses FILE-MISSING 2 export_to no/such/folder
refuses FILE-ACCESS 2 export_to diary/folder
want_same "" "$(find . -maxdepth 1 -name '.*' ! -name .)" 'left beside it'

# ---- nothing that is unverified goes out
refuses USAGE 2 "$TAGSEAL" audit export none --repo made/ledger.git
says log-key
mkdir other && "$BUILD/tests/write-stories" other 1 > /dev/null
refuses LEDGER-FORMAT 6 "$TAGSEAL" audit export none --repo made/ledger.git --log-key other/vkey
git clone -q --bare made/ledger.git forged.git
forged=$(git -C forged.git -c user.name=x -c user.email=x commit-tree 'tagseal/ledger^{tree}' -p tagseal/ledger -m forged)
git -C forged.git update-ref refs/heads/tagseal/ledger "$forged"
refuses LEDGER-SIGNER 6 "$TAGSEAL" audit export none --repo forged.git --log-key made/vkey
# An object that only the bundle needs: a folder of an older commit.
git init -q --bare holes.git
git -C made/ledger.git rev-list --objects tagseal/ledger | cut -d' ' -f1 | git -C made/ledger.git pack-objects -q --stdout |
    git -C holes.git unpack-objects -q
git -C holes.git update-ref refs/heads/tagseal/ledger "$(git -C made/ledger.git rev-parse tagseal/ledger)"
want 0 "$TAGSEAL" audit export holes --repo holes.git --log-key made/vkey --since 100 --until 200
same holes/events.jsonl part/events.jsonl
blob=$(git -C holes.git rev-parse tagseal/ledger:README.md)
rm -f "holes.git/objects/${blob:0:2}/${blob:2}"
refuses GIT-OBJECT-MISSING 5 "$TAGSEAL" audit export none --repo holes.git --log-key made/vkey
want 1 test -e none

# ---- each byte that is changed is found
"$BUILD/tests/write-ledger" small ed25519 p256 > written
want 0 "$TAGSEAL" audit export good --repo small/ledger.git --log-key small/vkey
flip() { # FILE: changes one byte in its middle
	python3 - "$1" <<-'PY'
		import sys
		b = bytearray(open(sys.argv[1], "rb").read())
		b[len(b) // 2] ^= 1
		open(sys.argv[1], "wb").write(b)
	PY
}
while read -r file; do
	rm -rf bad && cp -r good bad && flip "bad/$file"
	want 1 sh -c 'cd bad && sha256sum --quiet -c SHA256SUMS'
	says "$file"
	case $file in
	receipts/*) want_not 0 "$TAGSEAL" audit receipt --log-key good/ledger.vkey "bad/$file" ;;
	ledger.vkey) want_not 0 "$TAGSEAL" audit verify --repo small/ledger.git --log-key bad/ledger.vkey ;;
	ledger.bundle) want_not 0 sh -c 'rm -rf b.git; git clone -q --bare bad/ledger.bundle b.git && "$TAGSEAL" audit verify --repo b.git --log-key good/ledger.vkey' ;;
	esac
done < <(cut -c67- good/SHA256SUMS)
# A bundle of another history, with sums that fit.
git -C forged.git bundle create -q "$WORLD/bad.bundle" tagseal/ledger
git clone -q --bare bad.bundle b.git
want 6 "$TAGSEAL" audit verify --repo b.git --log-key all/ledger.vkey

# ---- SPDX 2.3: what its specification demands of a document of packages
spdx() {
	jq -e '
	def time: test("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$");
	def sha: test("^[0-9a-f]{64}$");
	def id: test("^SPDXRef-[A-Za-z0-9.-]+$");
	.spdxVersion == "SPDX-2.3" and .dataLicense == "CC0-1.0" and .SPDXID == "SPDXRef-DOCUMENT" and
	(.name | length > 0) and (.documentNamespace | test("^https://[^#]+$")) and
	(.creationInfo.created | time) and (.creationInfo.creators | length > 0 and all(.[]; test("^(Tool|Person|Organization): "))) and
	(keys - ["SPDXID", "creationInfo", "dataLicense", "documentNamespace", "name", "packages", "relationships", "spdxVersion"] == []) and
	all(.packages[]; (.SPDXID | id) and (.name | length > 0) and .downloadLocation == "NOASSERTION" and .filesAnalyzed == false and
	    all(.checksums[]; .algorithm == "SHA256" and (.checksumValue | sha)) and
	    all(.annotations[]?; (.annotationDate | time) and .annotationType == "OTHER" and (.annotator | startswith("Tool: ")) and
	    (.comment | length > 0))) and
	([.packages[].SPDXID] | length == (unique | length)) and
	(([.packages[].SPDXID] + ["SPDXRef-DOCUMENT"]) as $ids | all(.relationships[]; [.spdxElementId, .relatedSpdxElement] - $ids == [] and
	    (.relationshipType | IN("DESCRIBES", "GENERATED_FROM", "CONTAINS")))) and
	([.packages[] | select(.annotations) | .SPDXID] - [.relationships[] | select(.relationshipType == "DESCRIBES") |
	    .relatedSpdxElement] == [])' "$1"
}
echo 'an archive' > app.zip
echo 'a program' > setup.exe
echo 'notes that a signature lies beside' > notes.txt
zeros=$(printf %064d 0)
tree=$(jq -cSn --arg setup "$(sha setup.exe)" --arg notes "$(sha notes.txt)" --arg app "$(sha app.zip)" --arg none "$zeros" '{
	certificate: $none, rebuilt: [], signatures: [
	{path: "app.zip", sha256_before: $none, sha256_after: $app},
	{path: "setup.exe", sha256_before: $none, sha256_after: $setup},
	{path: "notes.txt", output: "notes.txt.p7s", sha256_before: $notes, sha256_after: $none}]}')
mkdir inner && "$BUILD/tests/write-ledger" inner ed25519 ed25519 "$(sha app.zip)" "$tree" > /dev/null
want 0 "$TAGSEAL" audit export packed --repo inner/ledger.git --log-key inner/vkey
for folder in all part first packed; do
	want 0 spdx $folder/spdx.json
done
want_same "$(grep -c '"type":"artifact.verified"' part/events.jsonl)" \
    "$(jq '[.relationships[] | select(.relationshipType == "GENERATED_FROM")] | length' part/spdx.json)" 'files signed'
want 0 jq -e --arg app "$(sha app.zip)" --arg setup "$(sha setup.exe)" --arg notes "$(sha notes.txt)" '
    (.packages | map({(.SPDXID): .}) | add) as $p |
    [.relationships[] | select(.relationshipType == "CONTAINS") | {whole: $p[.spdxElementId].checksums[0].checksumValue,
	name: $p[.relatedSpdxElement].name, sha: $p[.relatedSpdxElement].checksums[0].checksumValue}] |
    map(select(.whole == $app)) == [{whole: $app, name: "setup.exe", sha: $setup}, {whole: $app, name: "notes.txt", sha: $notes}]
    ' packed/spdx.json
want 0 jq -e --arg app "$(sha app.zip)" '[.packages[] | select(.checksums[0].checksumValue == $app) | .annotations[0].comment] |
    length == 1 and (.[0] | contains("certificate acme-release") and contains("person/carol"))' packed/spdx.json
want 0 jq -e '.packages == [] and .relationships == []' first/spdx.json
for change in 'del(.creationInfo.created)' '.packages[0].checksums[0].checksumValue = "ab"' '.packages[1].SPDXID = .packages[0].SPDXID' \
    '.relationships[1].relatedSpdxElement = "SPDXRef-none"' 'del(.packages[0].downloadLocation)' '.more = 1'; do
	jq "$change" packed/spdx.json > bad.json
	want_not 0 spdx bad.json
done

# ---- the config repo's commits in force, and branches of projects
git init -q -b main config
for word in root second third fourth; do
	git -C config -c user.name=carol -c user.email=carol@test commit -q --allow-empty -m $word
done
commit() { git -C config rev-parse "main~$1"; }
time=2019-01-01T00:00:00.000Z
mkdir conf && "$BUILD/tests/write-accepted" conf accepted "$(commit 3)" $time accepted "$(commit 2)" $time accepted "$(commit 1)" $time
from=(--repo conf/ledger.git --log-key conf/vkey)
want 0 "$TAGSEAL" audit export with-config "${from[@]}" --config config --source made/ledger.git
want 0 git clone -q with-config/config.bundle cloned-config
want_same "$(commit 1)" "$(git -C cloned-config rev-parse HEAD)" 'the last one in force'
want 1 git -C cloned-config cat-file -e "$(commit 0)"
want 0 git -C cloned-config fsck --strict
n=$(jq -r 'select(.type == "config.accepted") | .n' with-config/events.jsonl | tail -1)
want_same "$(commit 1)" "$(git -C cloned-config rev-parse "origin/in-force/$n")" 'its event'
want_same 3 "$(git -C cloned-config branch -r | grep -c '^  origin/in-force/')" 'commits in force'
want 0 git clone -q --bare with-config/sources/1.bundle source.git
want 0 git -C source.git rev-parse -q --verify tagseal/ledger
want 0 grep -q config.bundle with-config/README.md
want 1 grep -q config.bundle all/README.md
# Of a period: the one that was in force when it began, too.
want 0 "$TAGSEAL" audit export since-last "${from[@]}" --config config --since "$n"
want_same 2 "$(git ls-remote since-last/config.bundle 'refs/heads/in-force/*' | wc -l)" 'commits in force'
want 0 "$TAGSEAL" audit export before "${from[@]}" --config config --until 1
want 1 test -e before/config.bundle
# A clone that lacks them is no such clone.
git init -q -b main empty
refuses GIT-OBJECT-MISSING 5 "$TAGSEAL" audit export none "${from[@]}" --config empty
says '--config empty'
refuses GIT-REF-MISSING 3 "$TAGSEAL" audit export none "${from[@]}" --source empty
refuses GIT-REPOSITORY 5 "$TAGSEAL" audit export none "${from[@]}" --config small
want_same "" "$(find . -maxdepth 1 -name '.*' ! -name .)" 'left beside it'
