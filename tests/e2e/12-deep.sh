#!/usr/bin/env bash
# deep - an engine and archives in archives of other kinds: what is there
# already stays, what others signed is held against their roots, equal files
# are signed once, and the ledger tells of it all.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../osslsigncode.sh
. "$SOURCE/tests/osslsigncode.sh"

# A vendor with an authority of its own signs vendor.dll.
make_vendor() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout vendor.key -out vendor-ca.pem -days 30 -subj '/CN=Vendor Root/O=Vendor' 2> log
	openssl req -newkey rsa:2048 -nodes -keyout code.key -out code.csr -subj '/CN=Vendor Code/O=Vendor' 2> log
	printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n' > code.ext
	openssl x509 -req -in code.csr -CA vendor-ca.pem -CAkey vendor.key -CAcreateserial -days 30 -extfile code.ext -out code.pem 2> log
	osslsigncode sign -certs code.pem -key code.key -h sha256 -in made/answer.dll -out made/vendor.dll > log
}
more_config() {
	make_vendor
	cp vendor-ca.pem config/trust/vendor.pem
	cat > config/projects/acme-app/artifacts/package.yaml <<'YAML'
parameters: {version: {required: true, pattern: "[0-9.]+"}}
artifact:
  tar:
    path: "acme-${version}.tar.xz"
    contents:
      - deb:
          path: "*.deb"
          where: {package: acme, version: "${version}"}
          contents:
            - pe:
                paths: ["usr/share/acme/*.exe"]
                matches: {min: 1, max: unbounded}
                sign: {authenticode: {existing: keep, description: "${project} ${ref}"}}
            - pe:
                path: usr/share/acme/vendor.dll
                verify: {authenticode: {roots: vendor.pem, subjects: ["O=Vendor"]}}
          other-files: keep
      - file: {path: NEWS, hash: [sha512]}
YAML
	sed -i 's@^artifact-configurations: .*@artifact-configurations: [default, package]@' config/projects/acme-app/policies/test-signing.yaml
}
make_world

# pack VERSION FILE…: acme-VERSION.tar.xz in ci/, with a package of these files.
pack() {
	local version=$1; shift
	rm -rf package tree && mkdir -p package/DEBIAN package/usr/share/acme tree
	cp "$@" package/usr/share/acme/
	printf 'Package: acme\nVersion: %s\nArchitecture: all\nMaintainer: A <a@acme.example>\nDescription: an application\n' "$version" > package/DEBIAN/control
	(cd package && md5sum usr/share/acme/* > DEBIAN/md5sums)
	dpkg-deb -Zgzip --root-owner-group -b package "tree/acme_${version}_all.deb" > log
	echo "news of $version" > tree/NEWS
	tar -cJf "ci/acme-$version.tar.xz" -C tree "acme_${version}_all.deb" NEWS
}
ask() {
	GIT_CONFIG_COUNT=4 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingkey \
	    GIT_CONFIG_VALUE_1=$WORLD/keys/alice.pub GIT_CONFIG_KEY_2=user.name GIT_CONFIG_VALUE_2=alice \
	    GIT_CONFIG_KEY_3=user.email GIT_CONFIG_VALUE_3=alice@acme.example \
	    "$TAGSEAL" release --repo app --project acme-app --policy test-signing --configuration package --from "$ci/" \
	    --parameter version="$1" "v$1" "ci/acme-$1.tar.xz" > release.log 2>&1 || { cat release.log >&2; return 1; }
	by alice app push -q origin "refs/tags/v$1"
}
# open_result VERSION: the published package, unpacked by tar and dpkg-deb.
open_result() {
	rm -rf got && mkdir got
	tar -xJf "$(find out -name "acme-$1.tar.xz")" -C got
	dpkg-deb -x got/*.deb got/files && dpkg-deb -e got/*.deb got/DEBIAN
}

# ---- two equal programs, one of a vendor
cp made/app.exe made/tool.exe
pack 1.0.0 made/app.exe made/tool.exe made/vendor.dll
ask 1.0.0
pass_of_engine
want_same completed "$(state_of v1.0.0)" v1.0.0
open_result 1.0.0
for file in app.exe tool.exe; do
	osslsigncode_verify 0 ca.pem "got/files/usr/share/acme/$file" 'acme-app refs/tags/v1.0.0' 'Timestamp Server Signature verification: ok'
done
same got/files/usr/share/acme/vendor.dll made/vendor.dll
want 0 env -C got/files md5sum -c --quiet --strict ../DEBIAN/md5sums
same got/NEWS tree/NEWS
want_same 1 "$(events artifact.resolved | jq .signatures)" 'signatures to be made'
want_same 1 "$(events artifact.verified | jq .signatures)" 'signatures accounted for'
blob() { git -C repos/ledger.git cat-file -p "tagseal/ledger:blobs/sha256/${1:0:2}/${1:2:2}/${1:4}"; }
blob "$(events artifact.resolved | jq -r .tree_sha256)" > tree.json
want 0 jq -e --arg sum "$(sha512sum < tree/NEWS | cut -d' ' -f1)" '
    ([.. | objects | select(.path == "NEWS")][0].directives == [{hash: "sha512", value: $sum}]) and
    ([.. | objects | select(.same_as)] | length == 1) and
    ([.. | objects | select(.state == "verified") | .path] == ["usr/share/acme/vendor.dll"])' tree.json
blob "$(events artifact.verified | jq -r .tree_sha256)" > manifest.json
want 0 jq -e '(.signatures | length == 2) and ([.rebuilt[].format] == ["deb", "tar"])' manifest.json
cp got/files/usr/share/acme/app.exe made/signed.exe

# ---- what we signed before stays, a new one is signed
cp made/signed.exe made/kept.exe && x86_64-w64-mingw32-gcc -o made/fresh.exe made/app.c
pack 1.1.0 made/kept.exe made/fresh.exe made/vendor.dll
ask 1.1.0
pass_of_engine
want_same completed "$(state_of v1.1.0)" v1.1.0
open_result 1.1.0
same got/files/usr/share/acme/kept.exe made/signed.exe
osslsigncode_verify 0 ca.pem got/files/usr/share/acme/fresh.exe 'refs/tags/v1.1.0'
want_same 1 "$(events artifact.verified | jq -s '.[-1].signatures')" 'signatures accounted for'

# ---- nothing is left to sign: the same bytes are given out
pack 1.2.0 made/kept.exe made/vendor.dll
ask 1.2.0
pass_of_engine
want_same completed "$(state_of v1.2.0)" v1.2.0
same "$(find out -name acme-1.2.0.tar.xz)" ci/acme-1.2.0.tar.xz

# ---- what was kept dies with the key that signed it
want 0 "$TAGSEAL" incident plan --repo repos/ledger.git --certificate acme-test --since 2026-01-01 -o plan.json
want 0 jq -e '[.releases[] | {ref, fate, signatures: [.artifacts[].signatures[]] | length, carries: (.carries // [])[0].path}] == [
    {ref: "refs/tags/v1.0.0", fate: "dies", signatures: 2, carries: null},
    {ref: "refs/tags/v1.1.0", fate: "dies", signatures: 1, carries: "usr/share/acme/kept.exe"},
    {ref: "refs/tags/v1.2.0", fate: "dies", signatures: 0, carries: "usr/share/acme/kept.exe"}]' plan.json
want 0 "$TAGSEAL" resign --from plan.json -o resign
says 'v1.2.0: its input holds a file that dies: build it anew'
says_not v1.1.0-resigned

# ---- somebody else's library, and a package of another version
cp made/signed.exe made/vendor.dll && pack 1.3.0 made/app.exe made/vendor.dll && ask 1.3.0
cp made/answer.dll made/vendor.dll && pack 1.4.0 made/app.exe made/vendor.dll && ask 1.4.0
pass_of_engine
for version in 1.3.0 1.4.0; do want_same failed "$(state_of "v$version")" "v$version"; done
want_same ARTIFACT-VERIFY "$(events request.failed | jq -r '.findings[0].code' | sort -u)" 'failed for'
want_same 2 "$(events keys.intended | wc -l)" 'uses of a key'
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
