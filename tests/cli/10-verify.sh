#!/usr/bin/env bash
# verify, inspect, strip - what osslsigncode and openssl signed is judged as
# they meant it, in archives too; what was changed, cut or never signed is not
# good. The workers run in their sandbox.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
pki=$WORLD/pki
pki_make
roots=(--roots "$pki/ca.pem")

echo 'int main(void) { return 0; }' > hello.c
x86_64-w64-mingw32-gcc -s -o plain.exe hello.c

# their_sign IN OUT [OPTION...]
their_sign() {
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" \
	    -h sha256 "${@:3}" -in "$1" -out "$2" > log
}
their_sign plain.exe signed.exe -n 'Acme App' -i https://acme.example
osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 \
    -TSA-certs "$pki/tsa.pem" -TSA-key "$pki/tsa.key" -in plain.exe \
    -out stamped.exe > log
osslsigncode sign -nest -certs "$pki/ec.pem" -key "$pki/ec.key" -h sha384 \
    -in signed.exe -out nested.exe > log

# flip FILE OFFSET OUT: one byte of a copy is another.
flip() {
	cp "$1" "$3"
	printf "\\x$(printf %02x $((0x$(xxd -s "$2" -l 1 -p "$1") ^ 1)))" |
	    dd of="$3" bs=1 seek="$2" conv=notrunc status=none
}

# ---- good
want 0 "$TAGSEAL" verify "${roots[@]}" signed.exe
says 'signed.exe: good'
says 'good signature: authenticode, sha256'
says 'CN=Acme code'
says 'CN=Tagseal Test CA'
says 'Acme App'
says 'https://acme.example'
says 'timestamp   none'
says_not 'was not judged'
want 0 "$TAGSEAL" verify signed.exe
says 'not judged: name their roots with --roots'
want 0 "$TAGSEAL" verify "${roots[@]}" --tsa-roots "$pki/ca.pem" stamped.exe
says 'CN=Acme tsa'
says "timestamp   $(date -u +%Y-)"
want 0 "$TAGSEAL" verify "${roots[@]}" nested.exe
says 'authenticode, sha384, nested 1'
want 0 "$TAGSEAL" verify "${roots[@]}" --json nested.exe
[[ $(jq -r .verdict <<< "$out") == good ]] && pass || fail "verdict"
[[ $(jq '[.artifacts[].answer.files[].signatures[]] | length' \
    <<< "$out") == 2 ]] && pass || fail "two signatures"
[[ $(jq -r '.artifacts[0].answer.files[0].sha256' <<< "$out") == \
    $(sha256sum nested.exe | cut -d' ' -f1) ]] && pass || fail "sha256"

# ---- what nobody signed is told, and changes no verdict
osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 \
    -addUnauthenticatedBlob -in plain.exe -out blob.exe > log
want 0 "$TAGSEAL" verify "${roots[@]}" blob.exe
says "nobody's    unsigned attribute 1.3.6.1.4.1.42921.1.2.1, "
want 0 "$TAGSEAL" verify "${roots[@]}" --json blob.exe
want_same '["unsigned attribute","1.3.6.1.4.1.42921.1.2.1",true]' "$(jq -c \
    '.artifacts[0].answer.files[0].signatures[0].unsigned[0] |
    [.kind, .what, .size > 1000]' <<< "$out")" unsigned
want 0 "$TAGSEAL" verify "${roots[@]}" signed.exe
says_not "nobody's"

# ---- not signed
want 3 "$TAGSEAL" verify "${roots[@]}" plain.exe
says 'plain.exe: not signed'
: > empty
want 3 "$TAGSEAL" verify empty

# ---- bad: each part of the file, another root, a signature of another file
size=$(stat -c %s signed.exe)
for at in 100 1024 $((size / 3)) $((size - 700)); do
	flip signed.exe "$at" flipped.exe
	got=0
	out=$("$TAGSEAL" verify "${roots[@]}" flipped.exe 2>&1) || got=$?
	[[ $got -eq 1 || $got -eq 2 ]] && pass || fail "flip at $at: $got"
done
flip signed.exe 1024 flipped.exe
want 1 "$TAGSEAL" verify "${roots[@]}" flipped.exe
says 'flipped.exe: bad'
flip stamped.exe 1024 flipped.exe
want 1 "$TAGSEAL" verify flipped.exe
mkdir other && (pki=$WORLD/other && pki_make)
want 1 "$TAGSEAL" verify --roots other/ca.pem signed.exe
says CERTIFICATE-UNTRUSTED
want 1 "$TAGSEAL" verify "${roots[@]}" --tsa-roots other/ca.pem stamped.exe
want 1 "$TAGSEAL" verify "${roots[@]}" signed.exe flipped.exe plain.exe
says 'signed.exe: good'
says 'plain.exe: not signed'

# ---- unreadable
head -c $((size - 9)) signed.exe > cut.exe
want 2 "$TAGSEAL" verify "${roots[@]}" cut.exe
says 'PE-'
head -c 200 signed.exe > cut.exe
want 2 "$TAGSEAL" verify cut.exe
refuses FILE-MISSING 2 "$TAGSEAL" verify nowhere.exe
refuses FILE-KIND 2 "$TAGSEAL" verify "$WORLD"
mkfifo pipe
refuses FILE-KIND 2 "$TAGSEAL" verify pipe
truncate -s 1T sparse
refuses LIMIT-SIZE 2 "$TAGSEAL" verify sparse
rm sparse
want 2 "$TAGSEAL" verify signed.exe nowhere.exe
says 'signed.exe: good'

# ---- several at once: each is told in its place, as if it were alone
several=(stamped.exe flipped.exe signed.exe nowhere.exe plain.exe signed.exe
    nested.exe)
for file in "${several[@]}"; do
	"$TAGSEAL" verify "${roots[@]}" "$file" || true
done > one-by-one 2>&1
for jobs in 1 2 3 64; do
	"$TAGSEAL" verify "${roots[@]}" -j "$jobs" "${several[@]}" \
	    > at-once 2>&1 && fail "$jobs at once are good" || pass
	same <(sort one-by-one) <(sort at-once)
	"$TAGSEAL" verify "${roots[@]}" -j "$jobs" --json "${several[@]}" \
	    > at-once 2> /dev/null && fail "$jobs at once are good" || pass
	[[ $(jq -r '[.artifacts[].file] | join(" ")' at-once) == \
	    "${several[*]}" ]] && pass || fail "$jobs: another order"
	[[ $(jq -r '[.artifacts[].verdict] | join(",")' at-once) == \
	    'good,bad,good,unreadable,not signed,good,good' ]] && pass ||
	    fail "$jobs: other verdicts"
done
for jobs in 0 65 -1 two ''; do
	refuses USAGE 2 "$TAGSEAL" verify --jobs "$jobs" signed.exe
done
want 2 "$TAGSEAL" verify --json nowhere.exe
[[ $(jq -r '.artifacts[0].error.code' <<< "$out") == FILE-MISSING ]] &&
    pass || fail "JSON error"
refuses FILE-MISSING 2 "$TAGSEAL" verify --roots nowhere.pem signed.exe
refuses CERTIFICATE-NONE 2 "$TAGSEAL" verify --roots plain.exe signed.exe
refuses USAGE 2 "$TAGSEAL" verify --tsa-roots "$pki/ca.pem" signed.exe

# ---- detached
openssl cms -sign -binary -outform DER -in hello.c -signer "$pki/code.pem" \
    -inkey "$pki/code.key" -out hello.p7s
want 0 "$TAGSEAL" verify "${roots[@]}" --signature hello.p7s hello.c
says 'good signature: cms'
want 1 "$TAGSEAL" verify "${roots[@]}" --signature hello.p7s plain.exe
refuses USAGE 2 "$TAGSEAL" verify --signature hello.p7s hello.c plain.exe
want 2 "$TAGSEAL" verify --signature hello.c hello.c

# ---- archives: every file inside, two deep
mkdir inner && cp signed.exe inner/a.exe && cp hello.c inner/
(cd inner && zip -q ../inner.zip a.exe hello.c)
zip -q outer.zip inner.zip stamped.exe
want 0 "$TAGSEAL" verify "${roots[@]}" outer.zip
says 'outer.zip!/inner.zip!/a.exe'
says 'outer.zip!/stamped.exe'
zip -q outer.zip plain.exe
want 3 "$TAGSEAL" verify "${roots[@]}" outer.zip
cp flipped.exe inner/a.exe
(cd inner && zip -q ../inner.zip a.exe)
zip -q outer.zip inner.zip
want 1 "$TAGSEAL" verify "${roots[@]}" outer.zip
says 'outer.zip: bad'
head -c 300 signed.exe > inner/a.exe
(cd inner && zip -q ../inner.zip a.exe)
want 1 "$TAGSEAL" verify inner.zip
says 'unreadable'
head -c 100 inner.zip > cut.zip
want 2 "$TAGSEAL" verify cut.zip
for _ in 1 2 3 4 5 6 7 8 9; do
	zip -q deeper.zip plain.exe && mv deeper.zip plain.exe
done
refuses LIMIT-DEPTH 2 "$TAGSEAL" verify plain.exe

# ---- inspect
want 0 "$TAGSEAL" inspect outer.zip
says 'ZIP archive'
says 'outer.zip!/inner.zip!/hello.c'
want 0 "$TAGSEAL" inspect --json nested.exe
[[ $(jq '.signatures | length' <<< "$out") == 2 ]] && pass || fail "inspect"
want 0 "$TAGSEAL" inspect --json outer.zip
[[ $(jq -r '.contents[0].contents[1].path' <<< "$out") == \
    'outer.zip!/inner.zip!/hello.c' ]] && pass || fail "tree"
refuses FILE-MISSING 2 "$TAGSEAL" inspect nowhere

# ---- strip
want 0 "$TAGSEAL" strip -o bare.exe signed.exe
want 3 "$TAGSEAL" verify bare.exe
osslsigncode remove-signature -in signed.exe -out theirs.exe > log
same bare.exe theirs.exe
want 3 "$TAGSEAL" strip -o nothing.exe bare.exe
[[ ! -e nothing.exe ]] && pass || fail "an output for nothing"
want 0 "$TAGSEAL" strip --json -o nested.exe nested.exe
[[ $(jq -r .sha256 <<< "$out") == $(sha256sum nested.exe | cut -d' ' -f1) ]] &&
    pass || fail "digest of what was stripped"
want 3 "$TAGSEAL" verify nested.exe
refuses FILE-MISSING 2 "$TAGSEAL" strip -o no/where.exe signed.exe
refuses USAGE 2 "$TAGSEAL" strip signed.exe
