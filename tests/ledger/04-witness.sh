#!/usr/bin/env bash
# witness - cosigns what only grew, for clients that nobody here wrote: curl,
# and Python after C2SP tlog-witness; judged by Go's package note and the
# stranger. Each status has its request.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../cli/world.sh
. "$SOURCE/tests/cli/world.sh"

export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$BUILD/go-cache GOFLAGS=-p=2
go build -o judge "$SOURCE/tests/ledger/judge_tlog.go"
stranger() { python3 "$SOURCE/tests/ledger/stranger.py" "$@"; }
both() { want "$1" ./judge "${@:2}"; want "$1" stranger "${@:2}"; }

mkdir made other
"$BUILD/tests/write-stories" made 3 > /dev/null
"$BUILD/tests/write-stories" other 3 > /dev/null
vkey=$(cat made/vkey)
head=refs/heads/tagseal/ledger
size_at() { git -C made/ledger.git show "$1:checkpoint" | sed -n 2p; }
note_at() { git -C made/ledger.git show "$1:checkpoint"; }
name=$(printf %s "${vkey%%+*}" | sha256sum | cut -d' ' -f1)

new_token test
"$TAGSEAL" key make --token 'pkcs11:token=test' --label w --algorithm ed25519 > /dev/null
"$TAGSEAL" key make --token 'pkcs11:token=test' --label p256 --algorithm ec-p256 > /dev/null
witness=(witness --name witness.example/w1 --key 'pkcs11:token=test;object=w' --listen 127.0.0.1:0)

# start ARGUMENT…: the witness; its address is in $url, its key in $key.
start() {
	rm -f told && mkfifo told
	"$TAGSEAL" "${witness[@]}" "$@" > told 2> log &
	pid=$!
	{ read -r url && read -r key; } < told
}
stop() { kill "$1" "$pid"; wait "$pid" || true; }
ask() { python3 "$SOURCE/tests/ledger/ask_witness.py" "$url" made/ledger.git "$@"; }
# says_status STATUS COMMAND…: the witness answers so.
says_status() { want 0 "${@:2}"; want_same "$1" "${out%% *}" "$*"; }

start --log "$vkey" --state state
want_same witness.example/w1 "${key%%+*}" 'the name of the key'
want 0 curl -s -o body -w '%{http_code}' "$url$name/checkpoint"
want_same 404 "$out" 'nothing was seen yet'

# ---- it grows
first=$(size_at $head~6)
says_status 200 ask $head~6 0
{ note_at $head~6; tail -n +2 <<< "$out"; } > note
both 0 cosigned "$vkey,$key" note
says "cosigned $first"
want 0 curl -sf -o seen "$url$name/checkpoint"
both 0 cosigned "$vkey,$key" seen
says_status 200 ask $head~6 "$first"
says_status 200 ask $head~4 "$first"
{ note_at $head~4; tail -n +2 <<< "$out"; } > note
both 0 cosigned "$vkey,$key" note
second=$(size_at $head~4)
# A byte of the line, of the text, another witness, another log.
sed 's/\(w1 .\{30\}\)A/\1B/; t; s/\(w1 .\{30\}\)./\1A/' note > bad
both 1 cosigned "$vkey,$key" bad
sed "2s/.*/$((second + 1))/" note > bad
both 1 cosigned "$vkey,$key" bad
both 1 cosigned "$vkey,$key" <(note_at $head~4)

# ---- what it refuses
refused() { # STATUS CODE ARGUMENT…
	says_status "$1" ask "${@:3}"
	says "$2"
	want 0 grep -q "$2" log
}
says_status 409 ask $head~2 "$first"
want_same "409 text/x.tlog.size
$second" "$out" 'a conflict'
want 0 grep -q WITNESS-BEHIND log
says_status 409 ask $head~2 0
echo AAAA > proof
refused 400 WITNESS-REQUEST $head~2 "$second" /dev/null proof
refused 400 WITNESS-REQUEST $head~4 $((second + 5))
refused 400 WITNESS-REQUEST $head~2 01
refused 400 NOTE-MALFORMED $head~2 "$second" /dev/null
head -c 32 /dev/zero | base64 > proof
note_at $head~2 > ours
refused 422 MERKLE-PROOF $head~2 "$second" ours proof
refused 422 MERKLE-PROOF $head~2 "$second" ours /dev/null
refused 422 MERKLE-PROOF $head~4 "$second" <(note_at $head~4) proof
for _ in {1..64}; do head -c 32 /dev/zero | base64; done > long
refused 400 WITNESS-REQUEST $head~2 "$second" ours long
git -C other/ledger.git show $head~2:checkpoint > theirs
sed '1s/.*/nobody.example/' ours > nobody
refused 404 WITNESS-LOG $head~2 "$second" nobody
sed "3s|^.|$(sed -n 3p ours | cut -c1 | tr 'A-Za-z0-9+/' 'B-ZAb-za1-90/+')|" ours > forged
refused 403 SIGNATURE-BAD $head~2 "$second" forged
# Another key that says it is this log.
refused 403 NOTE-UNSIGNED $head~2 "$second" theirs
want 0 curl -s -o body -w '%{http_code}' --data-binary @<(head -c 100000 /dev/zero) "${url}add-checkpoint"
want_same 413 "$out" 'too much'
want 0 curl -s -o body -w '%{http_code}' "${url}add-checkpoint"
want_same 405 "$out" 'GET add-checkpoint'
want 0 curl -s -o body -w '%{http_code}' "${url}other/checkpoint"
want_same 404 "$out" 'no such log'
# None of that moved it.
want 0 curl -sf -o seen "$url$name/checkpoint"
want_same "$second" "$(sed -n 2p seen)" 'what was seen'

# ---- stopped at once, it knows all the same; only one can be
refuses FILE-LOCKED 5 "$TAGSEAL" "${witness[@]}" --log "$vkey" --state state
stop -KILL
start --log "$vkey" --state state
says_status 409 ask $head~2 0
says "$second"
says_status 200 ask $head~2 "$second"
# A client that goes on from an answer: what curl sends is as good.
third=$(size_at $head~2)
{ printf 'old %s\n\n' "$third"; cat ours; } > body
want 0 curl -sf --data-binary @body "${url}add-checkpoint"
{ cat ours; echo "$out"; } > note
both 0 cosigned "$vkey,$key" note
stop -TERM
want 0 grep -q '2 checkpoints cosigned' log

# ---- what it does not begin with
refuses USAGE 2 "$TAGSEAL" "${witness[@]}" --state state
refuses USAGE 2 "$TAGSEAL" "${witness[@]}" --state state --log "$vkey" --log "$vkey"
refuses USAGE 2 "$TAGSEAL" "${witness[@]}" --log "$vkey"
refuses NOTE-KEY 4 "$TAGSEAL" "${witness[@]}" --log "$key" --state state
refuses NOTE-KEY 4 "$TAGSEAL" witness --name w --key 'pkcs11:token=test;object=p256' --log "$vkey" --state state
chmod 770 state
refuses WITNESS-EXPOSED 1 "$TAGSEAL" "${witness[@]}" --log "$vkey" --state state
chmod 700 state
cp theirs "state/$name"
refuses WITNESS-STATE 4 "$TAGSEAL" "${witness[@]}" --log "$vkey" --state state
