#!/usr/bin/env bash
# sign: programs in app packages, themselves in a bundle, in an archive: block
# maps and the places in the bundle are told anew before each signature. Judged
# by osslsigncode, and by a script that reads packages for itself.
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
. "$SOURCE/tests/cli/world.sh"
OSSLSIGNCODE=osslsigncode
. "$SOURCE/tests/osslsigncode.sh"
appx() { python3 "$SOURCE/tests/formats/appx.py" "$@"; }

new_token test
new_authority
make_signer release rsa-3072
good=(--certificate release.pem --key 'pkcs11:token=test;object=release')
us='CN=Test release, O=Test'

printf 'int main(void) { return 0; }\n' > app.c
x86_64-w64-mingw32-gcc -o app.exe app.c
appx make app_x64.msix publisher="$us" file=app.exe
appx make app_x86.msix publisher="$us" file=app.exe zip=32 types=stored arch=x86
appx bundle both.msixbundle publisher="$us" -- app_x64.msix app_x86.msix
zip -q0 release.zip both.msixbundle

# proven FILE: others take it, and all hashes in it are those of its files.
proven() {
	osslsigncode_verify 0 ca.pem "$1" Succeeded
	want 0 appx take "$1" der content
	want 0 appx agree "$1"
}

# ---- a program in a package, and the package
cat > one.yaml <<'YAML'
artifact:
  appx:
    where: {identity-name: Acme.App, version: "1.2.3.0", architecture: x64}
    sign: authenticode
    contents:
      - pe: {path: app.exe, sign: authenticode}
    other-files: keep
YAML
for file in app_x64.msix app_x86.msix; do
	sed -i "s/architecture: .*/architecture: $(grep -oE 'x[0-9]+' <<< "$file")}/" one.yaml
	want 0 "$TAGSEAL" sign "${good[@]}" --configuration one.yaml -o "signed-$file" "$file"
	proven "signed-$file"
	want 0 unzip -qo "signed-$file" app.exe
	osslsigncode_verify 0 ca.pem app.exe Succeeded
	want 0 "$TAGSEAL" verify --roots ca.pem "signed-$file"
	says app.exe
	# Once more: the signature over the old files gives way.
	want 0 "$TAGSEAL" sign "${good[@]}" --configuration one.yaml -o "again-$file" "signed-$file"
	proven "again-$file"
done
sed -i 's/1.2.3.0/1.2.4.0/' one.yaml
refuses ARTIFACT-WHERE 1 "$TAGSEAL" sign "${good[@]}" --configuration one.yaml -o no.msix app_x64.msix

# ---- only what is inside: the package is unsigned, but whole
cat > inside.yaml <<'YAML'
artifact:
  appx:
    contents:
      - pe: {path: app.exe, sign: authenticode}
    other-files: keep
YAML
want 0 "$TAGSEAL" sign "${good[@]}" --configuration inside.yaml -o inside.msix signed-app_x64.msix
want 0 appx agree inside.msix
want 0 appx shape inside.msix
says_not AppxSignature
want 0 unzip -tq inside.msix
want 0 7z t inside.msix

# ---- all of a bundle
cat > all.yaml <<'YAML'
artifact:
  zip:
    contents:
      - appx:
          path: "*.msixbundle"
          sign: authenticode
          contents:
            - appx:
                path: "app_*.msix"
                matches: {min: 2, max: 2}
                sign: authenticode
                contents:
                  - pe: {path: app.exe, sign: authenticode}
                other-files: keep
          other-files: keep
    other-files: refuse
YAML
want 0 "$TAGSEAL" sign "${good[@]}" --configuration all.yaml -o signed.zip release.zip
want 0 unzip -qo signed.zip
proven both.msixbundle
want 0 unzip -qo both.msixbundle
proven app_x64.msix
proven app_x86.msix

# ---- what a package cannot carry
appx make ci.msix publisher="$us" file=app.exe ci=1
refuses APPX-CODE-INTEGRITY 4 "$TAGSEAL" sign "${good[@]}" --configuration inside.yaml -o no.msix ci.msix
sed 's/sign: authenticode/sign: {cms: {output: a.p7s}}/; s/pe:/file:/' inside.yaml > beside.yaml
refuses APPX-NEW 4 "$TAGSEAL" sign "${good[@]}" --configuration beside.yaml -o no.msix inside.msix
appx make stranger.msix
refuses APPX-PUBLISHER 4 "$TAGSEAL" sign "${good[@]}" -o no.msix stranger.msix
says 'CN=Acme code, O=Acme'
says "$us"
appx make wide.msix publisher="$us" hash=sha384
refuses APPX-DIGEST 4 "$TAGSEAL" sign "${good[@]}" -o no.msix wide.msix
says 'digest: sha384'
want 1 test -e no.msix
