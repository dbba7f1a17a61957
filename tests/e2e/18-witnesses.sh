#!/usr/bin/env bash
# witnesses - a release waits for a quorum of witnesses; what they say is in
# the ledger and in the receipt, judged by others' programs and by readers who
# pinned them. Witnesses that lie count nothing.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"

head=refs/heads/tagseal/ledger
# A witness that says what the files status and answer say.
cat > liar.py <<'END'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open("asked", "ab").write(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(int(open("status").read()))
        self.end_headers()
        self.wfile.write(open("answer", "rb").read())
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END

# start_witness N: its address is in url[N], its key in key[N].
start_witness() {
	rm -f told && mkfifo told
	"$TAGSEAL" witness --log "$log_key" --name "w.example/$1" --key "pkcs11:token=test;object=w$1" \
	    --state "seen$1" --listen "127.0.0.1:${2:-0}" > told 2> "witness$1.log" &
	pid[$1]=$!
	{ read -r "url[$1]" && read -r "key[$1]"; } < told
}
declare -A url key pid
# witnesses QUORUM: the two, and the liar with the key of a third.
witnesses() {
	sed -i '/^  witnesses:/d; /^  quorum:/d' config/tagseal.yaml
	sed -i "s@^ledger:.*@&\n  witnesses: [{key: \"${key[1]}\", url: \"${url[1]}\", private-address: true}, \
{key: \"${key[2]}\", url: \"${url[2]%/}\", private-address: true}, \
{key: \"$third\", url: \"http://127.0.0.1:$(cat liar.port)\", private-address: true}]\n  quorum: $1@" config/tagseal.yaml
}
more_config() {
	log_key=$(sed -n 's/^public: "\(.*\)"/\1/p' config/certificates/engine-log.yaml)
	for n in 1 2 3; do
		"$TAGSEAL" key make --token 'pkcs11:token=test' --label "w$n" --algorithm ed25519 > /dev/null
		start_witness $n
	done
	kill "${pid[3]}"
	third=${key[3]}
	python3 liar.py > liar.port &
	until [[ -s liar.port ]]; do sleep 0.05; done
	echo 500 > status && echo nothing > answer
	witnesses 2
}
make_world
export WITNESSES="${key[1]} ${key[2]}"
stranger() { python3 "$SOURCE/tests/ledger/stranger.py" "$@"; }
check() { python3 "$SOURCE/tests/ledger/check_ledger.py" repos/ledger.git $head "$log_key"; }
anchors() { git -C repos/ledger.git ls-tree -r --name-only $head anchors; }
release() { build "$1"; VERSION=$1 tag ci-acme "test/$1" test-signing "ci/acme-app-$1.zip"; pass_of_engine; }
paper() { echo "out/acme-app/test/$1/acme-app-$1.zip.receipt.json"; }
# trust QUORUM KEY…: what a reader pins; PINS is its home.
pins=$WORLD/pins
trust() {
	local quorum=$1; shift
	mkdir -p "$pins/.config/tagseal"
	cat > "$pins/.config/tagseal/trust.yaml" <<-END
	tagseal: 1
	config:
	  id: "0b7e0000-0000-4000-8000-000000000002"
	  root: {commit: "$(printf '1%.0s' {1..40})", payload-sha256: "$(printf '1%.0s' {1..64})", manifest-sha256: "$(printf '1%.0s' {1..64})"}
	ledger: {keys: ["$log_key"], quorum: $quorum, witnesses: [$(printf '"%s", ' "$@" | sed 's/, $//')]}
	END
}
reader() { env HOME="$pins" "$TAGSEAL" "$@"; }

# ---- two of three cosign
release 1.0.0
want_same completed "$(state_of test/1.0.0)" 'the release'
want 0 grep -q 'WITNESS-ANSWER' engine.log
want_same 2 "$(anchors | grep -c cosignature)" 'cosignatures'
want 0 check
jq -j .checkpoint "$(paper 1.0.0)" > note
want_same 3 "$(grep -c '^—' note)" 'lines of the note'
for n in 1 2; do want 0 stranger cosigned "$log_key,${key[$n]}" note; done
want 1 stranger cosigned "$log_key,$third" note
want 0 stranger receipt "$log_key" "$(paper 1.0.0)"
# Its next checkpoint is shown with a proof from there: one more line each.
release 1.1.0
want_same 4 "$(anchors | grep -c cosignature)" 'cosignatures'
want 0 check

# ---- readers who pinned witnesses
file=$(paper 1.0.0) && file=${file%.receipt.json}
trust 2 "${key[1]}" "${key[2]}"
want 0 reader audit verify --repo repos/ledger.git
says 'enough of your witnesses cosigned'
want 0 reader audit verify --repo repos/ledger.git --json
want 0 jq -e '.cosigned > 0' <<< "$out"
want 0 reader audit receipt "$file.receipt.json" "$file"
says '2 cosigned'
want 0 reader verify --receipt --roots ca.pem --tsa-roots ca.pem "$file"
want 0 reader receipt "$file" --repo repos/ledger.git -o anew.json
want 0 reader audit receipt anew.json "$file"
trust 2 "${key[1]}" "$third"
refuses WITNESS-QUORUM 1 reader audit verify --repo repos/ledger.git
refuses WITNESS-QUORUM 1 reader audit receipt "$file.receipt.json" "$file"
want 1 reader verify --receipt --roots ca.pem --tsa-roots ca.pem "$file"
trust 1 "${key[1]}" "$third"
want 0 reader audit verify --repo repos/ledger.git
# A known witness's line with a changed byte spoils the receipt.
line=$(grep ' w.example/1 ' note | cut -d' ' -f3)
jq -jcS --arg l "$line" '.checkpoint |= (split($l) | join($l[0:40] + (if $l[40:41] == "A" then "B" else "A" end) + $l[41:]))' \
    "$file.receipt.json" > bad.json
refuses SIGNATURE-BAD 1 reader audit receipt bad.json
jq -jcS '.checkpoint |= (split("\n") | map(select(startswith("— w.") | not)) | join("\n"))' "$file.receipt.json" > bad.json
refuses WITNESS-QUORUM 1 reader audit receipt bad.json
trust 3 "${key[1]}" "$third"
refuses CONFIG-VALUE 4 reader audit verify --repo repos/ledger.git
trust 1 "${key[1]}" "${key[1]}"
refuses CONFIG-TWICE 4 reader audit verify --repo repos/ledger.git
trust 1 "$log_key"
refuses CONFIG-VALUE 4 reader audit verify --repo repos/ledger.git

# ---- too few: it waits, and nothing is published; then it goes out
kill "${pid[2]}" && wait "${pid[2]}"
build 1.2.0
VERSION=1.2.0 tag ci-acme test/1.2.0 test-signing ci/acme-app-1.2.0.zip
engine --once || true
want 0 grep -q WITNESS-QUORUM engine.log
want_same verified "$(state_of test/1.2.0)" 'a release without a quorum'
want 1 test -e "$(paper 1.2.0)"
port=${url[2]##*:}
start_witness 2 "${port%/}"
pass_of_engine
want_same completed "$(state_of test/1.2.0)" 'a release with a quorum'
want 0 check

# ---- the third lies: what it says counts nothing
lie() { echo "$1" > status; cat > answer; rm -f asked; }
line_of() { git -C repos/ledger.git show "$head:$(anchors | grep cosignature | head -1)"; }
count() { anchors | grep -c cosignature; }
# refused CODE VERSION: the release goes out with the two, and the log says why.
refused() {
	local before
	before=$(count)
	release "$2"
	want_same completed "$(state_of "test/$2")" "$2"
	want 0 test -s asked
	want 0 grep -q "$1" engine.log
	want_same $((before + 2)) "$(count)" "cosignatures of $2"
}
line_of | lie 200			# of another witness, and an old one
refused WITNESS-ANSWER 2.0.0
# Under its own name, over another root; and cut short.
line_of | python3 -c '
import base64, hashlib, sys
raw = base64.b64decode(sys.stdin.read().split()[2])
name, key_id, _ = sys.argv[1].split("+", 2)
print("\u2014", name, base64.b64encode(bytes.fromhex(key_id) + raw[4:]).decode())' "$third" > forged
lie 200 < forged
refused WITNESS-ANSWER 2.1.0
head -c 20 forged | lie 200
refused WITNESS-ANSWER 2.2.0
head -c 100000 /dev/zero | lie 200
refused NET-LARGE 2.3.0
want_same '' "$(events alarm.raised)" 'alarms'
# It saw more than there is, or another root: an alarm, which stops nothing.
echo 999999 | lie 409
refused WITNESS-CONFLICT 2.4.0
want_same WITNESS-CONFLICT "$(events alarm.raised | jq -r .code)" 'the alarm'
echo 'another root' | lie 422
refused WITNESS-CONFLICT 2.5.0
want_same 2 "$(events alarm.raised | wc -l)" 'alarms'
want 0 check
trust 2 "${key[1]}" "${key[2]}"
want 0 reader audit verify --repo repos/ledger.git

# ---- what tagseal.yaml may not say
bad() { # CODE SED
	cp config/tagseal.yaml kept
	sed -i "$2" config/tagseal.yaml
	refuses "$1" 4 "$TAGSEAL" check --folder config
	mv kept config/tagseal.yaml
}
bad CONFIG-VALUE 's/^  quorum: 2/  quorum: 4/'
bad CONFIG-TWICE "s@${key[2]}@${key[1]}@"
bad CONFIG-VALUE "s@${key[2]}@$log_key@"
