#!/usr/bin/env bash
# sign: archives in archives of other kinds, five deep. Every signature is
# judged by other programs, and every byte that nobody may touch is compared.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
. "$SOURCE/tests/osslsigncode.sh"
entries=$SOURCE/tests/containers/entries.py

new_token test
new_authority
make_signer release rsa-3072
start_tsa rsa-3072
good=(--certificate release.pem --key 'pkcs11:token=test;object=release' --timestamp "$tsa" --tsa-roots ca.pem)
proven() { osslsigncode_verify 0 ca.pem "$1" 'Succeeded' 'Timestamp Server Signature verification: ok'; }

# ---- release.zip > app.tar.gz > app.deb > payload.zip > app.exe,
# and release.zip > setup.cab > lib.dll
printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -o app.exe app.c
x86_64-w64-mingw32-gcc -shared -o lib.dll app.c
seq 1 5000 > numbers.txt
head -c 100000 /dev/urandom > noise.bin
mkdir -p package/DEBIAN package/usr/share/app package/usr/bin app-1.0 release/docs
zip -q package/usr/share/app/payload.zip app.exe numbers.txt && zip -q0 package/usr/share/app/payload.zip noise.bin
printf '#!/bin/sh\n' > package/usr/bin/app && chmod 755 package/usr/bin/app
printf 'Package: app\nVersion: 1.0\nArchitecture: amd64\nMaintainer: A <a@acme.example>\nDescription: an application\n' > package/DEBIAN/control
(cd package && md5sum usr/bin/app usr/share/app/payload.zip > DEBIAN/md5sums)
dpkg-deb -Zxz --root-owner-group -b package app-1.0/app_1.0_amd64.deb > log
ln -s app_1.0_amd64.deb app-1.0/app.deb && echo 'dpkg -i app.deb' > app-1.0/INSTALL
tar --format=pax -czf release/app.tar.gz app-1.0
gcab -cz release/setup.cab lib.dll numbers.txt
cp noise.bin release/docs/noise.bin && cp numbers.txt release/docs/
(cd release && zip -q0 ../release.zip docs/noise.bin && zip -q ../release.zip app.tar.gz docs/numbers.txt setup.cab && printf 'the release' | zip -qz ../release.zip)
cat > deep.yaml <<'YAML'
parameters: {version: {required: true, pattern: "[0-9.]+"}}
artifact:
  zip:
    path: release.zip
    contents:
      - tar:
          path: app.tar.gz
          contents:
            - deb:
                path: "app-${version}/app_${version}_amd64.deb"
                where: {package: app, version: "${version}", architecture: amd64}
                contents:
                  - zip:
                      path: usr/share/app/payload.zip
                      contents:
                        - pe: {path: app.exe, sign: authenticode}
                        - file: {paths: [numbers.txt, noise.bin], matches: {min: 2, max: 2}, hash: [sha512]}
                  - file: {path: usr/bin/app, sign: {cms: {output: "${file.name}.p7s"}}}
            - file: {paths: ["*/INSTALL", "*/app.deb"], matches: {min: 2, max: 2}}
      - cab:
          path: setup.cab
          contents:
            - pe: {path: lib.dll, sign: authenticode}
            - file: {path: numbers.txt}
      - directory: {path: docs, contents: [{file: {path: "*", matches: {min: 0, max: unbounded}}}]}
    other-files: refuse
YAML

want 0 "$TAGSEAL" plan --configuration deep.yaml --parameter version=1.0 release.zip
says 'sign 3,'
mkdir signed
want 0 "$TAGSEAL" sign "${good[@]}" --json --configuration deep.yaml --parameter version=1.0 -o signed/release.zip release.zip
printf '%s' "$out" > manifest.json

# ---- each signature, by programs that read each container for themselves
mkdir out && unzip -q signed/release.zip -d out
(cd out && tar -xzf app.tar.gz && dpkg-deb -x app-1.0/app_1.0_amd64.deb deb && dpkg-deb -e app-1.0/app_1.0_amd64.deb deb/DEBIAN &&
    unzip -q deb/usr/share/app/payload.zip -d payload && cabextract -q -d cab setup.cab)
proven out/payload/app.exe
proven out/cab/lib.dll
want 0 openssl cms -verify -binary -inform DER -in out/deb/usr/bin/app.p7s -content package/usr/bin/app -CAfile ca.pem -purpose any -out /dev/null
want 3 "$TAGSEAL" verify --roots ca.pem signed/release.zip
want 0 env -C out/deb md5sum -c --strict DEBIAN/md5sums
says 'usr/bin/app.p7s: OK'
want 0 dpkg-deb -I out/app-1.0/app_1.0_amd64.deb
says 'Package: app'
want 0 unzip -tq signed/release.zip
want 0 cabextract -tq out/setup.cab

# ---- all the rest is as it was
deb='app.tar.gz!/app-1.0/app_1.0_amd64.deb'
want 0 python3 "$entries" same release.zip signed/release.zip "$deb" setup.cab!/lib.dll
cp release/app.tar.gz before.tar.gz && cp out/app.tar.gz after.tar.gz
want 0 python3 "$entries" same before.tar.gz after.tar.gz 'app-1.0/app_1.0_amd64.deb!/data.tar.xz!/usr/share/app/payload.zip!/app.exe' \
    'app-1.0/app_1.0_amd64.deb!/control.tar.xz!/md5sums'
want_same 'data.tar.xz!/usr/bin/app.p7s' "$out" 'new entries'
want 1 python3 "$entries" same release.zip signed/release.zip setup.cab!/lib.dll
says 'app.tar.gz: its bytes changed'

# ---- the manifest tells of each file that changed
hash_of() { sha256sum "$1" | cut -d' ' -f1; }
told() { jq -r --arg p "$2" ".$1[] | select(.path == \$p) | .sha256_after" manifest.json; }
root=release.zip!/app.tar.gz!/app-1.0/app_1.0_amd64.deb
want_same "$(hash_of out/payload/app.exe)" "$(told signatures "$root!/usr/share/app/payload.zip!/app.exe")" app.exe
want_same "$(hash_of out/cab/lib.dll)" "$(told signatures 'release.zip!/setup.cab!/lib.dll')" lib.dll
want_same "$(hash_of out/deb/usr/share/app/payload.zip)" "$(told rebuilt "$root!/usr/share/app/payload.zip")" payload.zip
want_same "$(hash_of out/app-1.0/app_1.0_amd64.deb)" "$(told rebuilt "$root")" deb
want_same "$(hash_of out/app.tar.gz)" "$(told rebuilt release.zip!/app.tar.gz)" app.tar.gz
want_same "$(hash_of signed/release.zip)" "$(told rebuilt release.zip)" release.zip
want 0 jq -e '([.signatures[].timestamp] | length == 3 and all(test("Z$"))) and (.certificate | length == 64) and
    ([.signatures[].directive.sign] | sort == ["authenticode", "authenticode", "cms"])' manifest.json

# ---- what is packed as a whole need not be an archive
zstd -q noise.bin && bzip2 -k numbers.txt && zip -q packed.zip noise.bin.zst numbers.txt.bz2 app.exe
want 0 "$TAGSEAL" inspect --json packed.zip
want 0 jq -e '[.contents[].format] == ["file", "file", "pe"]' <<< "$out"

# ---- what is wrong deep inside is named by its whole path
sed 's/package: app/package: other/' deep.yaml > other.yaml
refuses ARTIFACT-WHERE 1 "$TAGSEAL" plan --configuration other.yaml --parameter version=1.0 release.zip
says 'package is "app", not "other"'
says 'release.zip!/app.tar.gz!/app-1.0/app_1.0_amd64.deb'
refuses ARTIFACT-MATCH-COUNT 1 "$TAGSEAL" sign "${good[@]}" --configuration deep.yaml --parameter version=2.0 -o no.zip release.zip
want 1 test -e no.zip
