#!/usr/bin/env bash
# sign: programs in cabinets, themselves in an archive; the worker that takes
# them apart is confined. Judged by cabextract and osslsigncode.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"
cabinets=$SOURCE/tests/containers/cabinets.py

new_token test
new_authority
make_signer release rsa-3072
good=(--certificate release.pem --key 'pkcs11:token=test;object=release')

printf 'int main(void) { return 0; }\n' > app.c
mkdir bin
x86_64-w64-mingw32-gcc -o bin/app.exe app.c
i686-w64-mingw32-gcc -s -o bin/small.exe app.c
seq 1 20000 > numbers.txt
gcab -cz mszip.cab numbers.txt bin/app.exe bin/small.exe
gcab -c none.cab bin/app.exe numbers.txt
python3 "$cabinets" lzx lzx.cab bin/app.exe numbers.txt bin/small.exe
zip -q all.zip mszip.cab none.cab lzx.cab

cat > all.yaml <<'YAML'
artifact:
  zip:
    contents:
      - cab:
          path: "*.cab"
          matches: {min: 3, max: 3}
          contents:
            - pe: {path: "BIN/*.exe", matches: {min: 1, max: 2}, sign: authenticode}
            - file: {path: numbers.txt, sign: {cms: {output: "${file.name}.p7s", encoding: der}}}
    other-files: refuse
YAML
want 0 "$TAGSEAL" sign "${good[@]}" --configuration all.yaml -o signed.zip all.zip
says "lzx.cab!/bin/small.exe"
says "besides all.zip!/lzx.cab: "
unzip -q signed.zip -d out
for name in mszip none lzx; do
	want 0 cabextract -q -d "$name" "out/$name.cab"
	for file in "$name"/bin/*.exe; do
		osslsigncode_verify 0 ca.pem "$file" Succeeded
	done
	same "$name/numbers.txt" numbers.txt
	want 0 openssl cms -verify -binary -inform DER -in "$name/numbers.txt.p7s" \
	    -content numbers.txt -CAfile ca.pem -purpose any -out /dev/null
done
# The cabinets could carry a signature themselves, but none was asked for.
want 3 "$TAGSEAL" verify --roots ca.pem signed.zip
says mszip.cab
want 0 "$TAGSEAL" inspect --json signed.zip
says small.exe

# ---- a cabinet alone, and what it cannot carry
cat > cab.yaml <<'YAML'
artifact:
  cab:
    contents:
      - pe: {path: "bin/*.exe", sign: authenticode}
    other-files: keep
YAML
want 0 "$TAGSEAL" sign "${good[@]}" --configuration cab.yaml -o signed.cab none.cab
want 0 cabextract -tq signed.cab
want 0 "$TAGSEAL" sign "${good[@]}" -o only.cab none.cab
osslsigncode_verify 0 ca.pem only.cab Succeeded
head -c -1 none.cab > cut.cab
refuses CAB-TRUNCATED 2 "$TAGSEAL" sign "${good[@]}" --configuration cab.yaml -o no.cab cut.cab
want 1 test -e no.cab

# ---- signed inside and as a whole; a signature that was there goes
cat > both.yaml <<'YAML'
artifact:
  cab:
    sign: authenticode
    contents:
      - pe: {path: "bin/*.exe", matches: {min: 1, max: 2}, sign: authenticode}
    other-files: keep
YAML
for file in mszip none lzx only; do
	want 0 "$TAGSEAL" sign "${good[@]}" --configuration both.yaml \
	    -o "both-$file.cab" $file.cab
	osslsigncode_verify 0 ca.pem "both-$file.cab" Succeeded
	rm -rf both
	want 0 cabextract -q -d both "both-$file.cab"
	osslsigncode_verify 0 ca.pem both/bin/app.exe Succeeded
	want 0 "$TAGSEAL" verify --roots ca.pem "both-$file.cab"
done
# Nothing in it is signed, but it is.
sed 's|bin/\*.exe", matches: {min: 1|no/*.exe", matches: {min: 0|' both.yaml > none.yaml
want 0 "$TAGSEAL" sign "${good[@]}" --configuration none.yaml -o whole.cab lzx.cab
osslsigncode_verify 0 ca.pem whole.cab Succeeded
same <(tail -c +200 lzx.cab) <(tail -c +224 whole.cab | head -c "$(($(stat -c %s lzx.cab) - 199))")
