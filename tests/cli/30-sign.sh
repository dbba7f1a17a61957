#!/usr/bin/env bash
# sign: files, archives in archives and detached signatures; judged by
# osslsigncode, openssl and unzip, and by our own verify.
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"

new_token test
new_authority
make_signer release rsa-3072
make_signer curve ec-p256
start_tsa
dead=http://127.0.0.1:1/
key='pkcs11:token=test;object=release'
good=(--certificate release.pem --key "$key" --timestamp "$tsa")

judge() { osslsigncode_verify 0 ca.pem "$1" Succeeded "${@:2}"; }
ours() { want 0 "$TAGSEAL" verify --roots ca.pem --tsa-roots ca.pem "$1"; says "good"; }

printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -o app.exe app.c
x86_64-w64-mingw32-gcc -shared -o lib.dll app.c
i686-w64-mingw32-gcc -s -o small.exe app.c

# ---- one file
want 0 "$TAGSEAL" sign "${good[@]}" --description 'Acme App' --description-url https://acme.example -o signed.exe app.exe
says "signed"
judge signed.exe "Acme App"
ours signed.exe
want 0 "$TAGSEAL" verify --json --roots ca.pem signed.exe
want 0 jq -e '.verdict == "good"' <<< "$out"
want 0 "$TAGSEAL" sign "${good[@]}" --page-hashes --digest sha512 -o pages.exe small.exe
judge pages.exe
want 0 "$TAGSEAL" sign --certificate curve.pem --key 'pkcs11:token=test;object=curve' --timestamp "$tsa" --append -o twice.exe signed.exe
judge twice.exe
ours twice.exe
want 0 "$TAGSEAL" sign "${good[@]}" -o again.exe signed.exe
want 0 "$TAGSEAL" strip -o stripped.exe again.exe
want 3 "$TAGSEAL" verify stripped.exe
want 0 "$TAGSEAL" sign --json "${good[@]}" -o json.exe app.exe
answer=$out
want 0 jq -e '.signatures | length == 1 and .[0].path == "app.exe"' <<< "$out"
digest() { sha256sum < "$1" | cut -c1-64; }
want 0 jq -e --arg before "$(digest app.exe)" --arg after "$(digest json.exe)" '.sha256 == $after and
    (.signatures[0] | .sha256_before == $before and .sha256_after == $after)' <<< "$answer"

# ---- the output begins as a copy of the input: it may be longer, shorter, the input itself
want 0 "$TAGSEAL" sign "${good[@]}" -o shorter.exe twice.exe
judge shorter.exe
want 1 test "$(stat -c %s shorter.exe)" -ge "$(stat -c %s twice.exe)"
{ cat small.exe; head -c 20000001 /dev/urandom; } > large.exe
cp large.exe place.exe
want 0 "$TAGSEAL" sign "${good[@]}" -o place.exe place.exe
judge place.exe
want 0 "$TAGSEAL" sign "${good[@]}" -o place.exe place.exe
judge place.exe
want 0 "$TAGSEAL" strip -o place.exe place.exe
want 0 cmp -n 20000001 -i 4096 large.exe place.exe

# ---- the next authority serves when one is down; none is an error
want 0 "$TAGSEAL" sign --certificate release.pem --key "$key" --timestamp $dead --timestamp "$tsa" -o second.exe app.exe
judge second.exe
want 5 "$TAGSEAL" sign --certificate release.pem --key "$key" --timestamp $dead -o never.exe app.exe
want 1 test -e never.exe
openssl req -x509 -newkey rsa:3072 -nodes -keyout other.key -out other.pem -days 9 -subj /CN=Other 2> /dev/null
want 1 "$TAGSEAL" sign "${good[@]}" --tsa-roots other.pem -o never.exe app.exe
want 1 test -e never.exe
want 0 "$TAGSEAL" sign --certificate release.pem --key "$key" -o bare.exe app.exe

# ---- detached
want 0 "$TAGSEAL" sign "${good[@]}" --method cms -o notes.p7s app.c
want 0 openssl cms -verify -binary -inform DER -in notes.p7s -content app.c -CAfile ca.pem -purpose any -out /dev/null
want 0 "$TAGSEAL" verify --roots ca.pem --signature notes.p7s app.c
want 0 "$TAGSEAL" sign "${good[@]}" --method cms --pem -o notes.pem app.c
want 0 openssl cms -verify -binary -inform PEM -in notes.pem -content app.c -CAfile ca.pem -purpose any -out /dev/null
want 1 "$TAGSEAL" verify --roots ca.pem --signature notes.p7s app.exe

# ---- archives in archives, by a configuration
mkdir -p tree/bin
cp app.exe tree/bin/ && cp lib.dll tree/bin/ && cp small.exe tree/
printf '#!/bin/sh\necho hi\n' > tree/run.sh
(cd tree && zip -qr inner.zip bin && rm -r bin && zip -qr ../acme-1.2.zip .)
cat > acme.yaml <<'YAML'
parameters: {version: {required: true, pattern: "[0-9.]+"}}
artifact:
  zip:
    path: "acme-${version}.zip"
    contents:
      - pe: {path: "*.exe", sign: authenticode}
      - zip:
          path: inner.zip
          contents:
            - pe:
                paths: ["bin/*.exe", "bin/*.dll"]
                matches: {min: 1, max: unbounded}
                sign: {authenticode: {description: "Acme ${version}"}}
      - file: {path: run.sh, sign: {cms: {output: "${file.name}.p7s", encoding: der}}}
    other-files: refuse
YAML
want 0 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml --parameter version=1.2 -o signed.zip acme-1.2.zip
says "inner.zip!/bin/lib.dll"
want 0 unzip -tq signed.zip
mkdir out && (cd out && unzip -q ../signed.zip && unzip -q inner.zip)
for file in small.exe bin/app.exe bin/lib.dll; do judge "out/$file"; done
want 0 openssl cms -verify -binary -inform DER -in out/run.sh.p7s -content out/run.sh -CAfile ca.pem -purpose any -out /dev/null
same out/run.sh tree/run.sh
ours signed.zip
want 0 "$TAGSEAL" inspect --json signed.zip
says "lib.dll"

# Progress is for people at a terminal.
want 0 script -qec "'$TAGSEAL' sign $(printf "'%s' " "${good[@]}") --configuration acme.yaml --parameter version=1.2 -o shown.zip acme-1.2.zip" /dev/null
says "level 1: 4 of 4 files, 4 signatures, 4 timestamps, "
want 0 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml --parameter version=1.2 -o quiet.zip acme-1.2.zip
says_not "level"

# ---- the same in tar archives, packed as a whole
tar -cJf acme-1.2.tar.xz -C tree --exclude=inner.zip . && mkdir tarred
sed -e 's/^  zip:/  tar:/' -e 's/acme-${version}.zip/acme-${version}.tar.xz/' \
    -e '/- zip:/,/description/d' acme.yaml > tar.yaml
want 0 "$TAGSEAL" sign "${good[@]}" --configuration tar.yaml --parameter version=1.2 -o signed.tar.xz acme-1.2.tar.xz
says "run.sh"
tar -xJf signed.tar.xz -C tarred
judge tarred/small.exe
want 0 openssl cms -verify -binary -inform DER -in tarred/run.sh.p7s -content tarred/run.sh -CAfile ca.pem -purpose any -out /dev/null
same tarred/run.sh tree/run.sh
want 0 "$TAGSEAL" inspect --json signed.tar.xz
says "small.exe"

refuses PARAMETER-MISSING 1 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml -o no.zip acme-1.2.zip
refuses PARAMETER-PATTERN 1 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml --parameter version=x -o no.zip acme-1.2.zip
refuses ARTIFACT-PARAMETER 4 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml --parameter verson=1 -o no.zip acme-1.2.zip
cp acme-1.2.zip more-1.2.zip && cp app.c surprise.txt && zip -q more-1.2.zip surprise.txt && mv more-1.2.zip acme-1.2.zip
want 1 "$TAGSEAL" sign "${good[@]}" --configuration acme.yaml --parameter version=1.2 -o no.zip acme-1.2.zip
says "surprise.txt"
want 1 test -e no.zip

# ---- what cannot be signed
refuses FORMAT-METHOD 4 "$TAGSEAL" sign "${good[@]}" -o no app.c
says "--method cms"
refuses CERTIFICATE-KEY 2 "$TAGSEAL" sign --certificate curve.pem --key "$key" -o no app.exe
refuses FILE-MISSING 2 "$TAGSEAL" sign "${good[@]}" -o no nothing.exe
refuses FILE-MISSING 2 "$TAGSEAL" sign "${good[@]}" -o nowhere/no.exe app.exe
refuses USAGE 2 "$TAGSEAL" sign "${good[@]}" app.exe
head -c 700 app.exe > cut.exe
want 2 "$TAGSEAL" sign "${good[@]}" -o no cut.exe
want 1 test -e no
refuses SYSTEM-WRITE 5 bash -c 'ulimit -f 8; exec "$@"' limited "$TAGSEAL" sign "${good[@]}" -o big.exe app.exe
want 1 test -e big.exe

# ---- every flipped byte in what is signed is found, by both
size=$(stat -c %s signed.exe)
for at in 200 1024 $((size / 3)) $((size / 2)); do
	cp signed.exe flipped.exe
	byte=$(xxd -s "$at" -l 1 -p flipped.exe)
	printf '%02x' $((0x$byte ^ 1)) | xxd -r -p | dd of=flipped.exe bs=1 seek="$at" conv=notrunc status=none
	got=0; "$TAGSEAL" verify --roots ca.pem flipped.exe > /dev/null 2>&1 || got=$?
	[[ $got -ne 0 ]] && pass || fail "our verify takes a byte flipped at $at"
	osslsigncode_verify 1 ca.pem flipped.exe
done
