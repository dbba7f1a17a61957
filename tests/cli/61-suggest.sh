#!/usr/bin/env bash
# inspect --suggest - a configuration for a sample: each one holds for the file
# it was made of (plan is asked again), and says no more than it should.
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=../formats/pki.sh
. "$SOURCE/tests/formats/pki.sh"
pki=$WORLD/pki
pki_make

# program VERSION OUT: says Acme App, Acme Inc. and this version of itself.
program() {
	cat > app.rc <<-RC
	1 VERSIONINFO
	BEGIN
	 BLOCK "StringFileInfo"
	 BEGIN
	  BLOCK "040904B0"
	  BEGIN
	   VALUE "ProductName", "Acme App"
	   VALUE "CompanyName", "Acme Inc."
	   VALUE "ProductVersion", "$1"
	   VALUE "FileVersion", "9.9"
	  END
	 END
	 BLOCK "VarFileInfo"
	 BEGIN
	  VALUE "Translation", 0x409, 1200
	 END
	END
	RC
	x86_64-w64-mingw32-windres app.rc app.o
	x86_64-w64-mingw32-gcc -s -o "$2" app.c app.o
}
# vendor_sign IN OUT: by somebody else, with a timestamp.
vendor_sign() {
	osslsigncode sign -certs "$pki/code.pem" -key "$pki/code.key" -h sha256 \
	    -TSA-certs "$pki/tsa.pem" -TSA-key "$pki/tsa.key" -in "$1" -out "$2" > log
}
# suggest FILE: makes s.yaml; then runs the command that it tells of.
suggest() {
	want 0 "$TAGSEAL" inspect --suggest --force -o s.yaml "$1"
	last=$(tail -1 <<< "$out")
	[[ $last == "it holds for this file: tagseal plan --configuration s.yaml "* ]] &&
	    pass || fail "last line: $last"
	want 0 sh -c "\"\$TAGSEAL\" ${last#*: tagseal } --json"
	jq . <<< "$out" > plan.json
}
# signs PATH… : these and no others are to be signed.
signs() {
	printf '%s\n' "$@" | sed '/^$/d' | sort > wanted
	jq -r '.. | objects | select(.state == "signed") | .path // .name' plan.json | sort > signed
	same wanted signed
}
yaml_is() { diff s.yaml - > diffs && pass || { fail "not the YAML expected:"; cat diffs >&2; }; }
yaml_says() { grep -qxF -- "$1" s.yaml && pass || { fail "no '$1'"; cat s.yaml >&2; }; }
yaml_lacks() { ! grep -qF -- "$1" s.yaml && pass || fail "'$1' in s.yaml"; }

echo 'int main(void) { return 0; }' > app.c
x86_64-w64-mingw32-gcc -s -o plain.exe app.c
program 1.2.3.0 app.exe
program 4.5 other.exe
vendor_sign plain.exe vendor.dll

# ---- a release: sets, a version, somebody else's program, an archive inside
mkdir -p t/acme-1.2.3/{bin,lib/x,docs,third-party} in
for to in bin/app.exe bin/tool.exe lib/a.dll lib/x/B.DLL; do cp app.exe "t/acme-1.2.3/$to"; done
cp vendor.dll t/acme-1.2.3/third-party/redist.dll
for i in {1..13}; do echo "$i" > "t/acme-1.2.3/docs/$i.html"; done
cp plain.exe in/plain.exe && echo 1 > in/1.10 && echo 2 > in/no
(cd in && zip -qr ../t/acme-1.2.3/lib/inner.zip .) && (cd t && zip -qr ../acme-1.2.3.zip .)
suggest acme-1.2.3.zip
signs acme-1.2.3/{bin/app.exe,bin/tool.exe,lib/a.dll,lib/x/B.DLL} plain.exe
yaml_is <<'YAML'
# Suggested by 'tagseal inspect --suggest' for acme-1.2.3.zip (22 files inside). Check before use:
# - sign: nobody signed these, so they are taken for your own.
# - verify: somebody else signed these. Put the roots of their certificates into trust/.
# - Patterns stand for files that are alike in the sample. Any number of them matches, new ones too.
# - other-files: keep, where more than 12 files have no place for a signature. It keeps new files as
#   they are, programs too; without it they are refused.
# - ${version} is "1.2.3" in the sample.
parameters:
  version: {required: true, pattern: "[0-9]+(\\.[0-9]+)*"}
artifact:
  # 13 files without a place for a signature: kept, as others are
  zip:
    path: "acme-${version}.zip"
    contents:
      # 2 files in the sample
      - pe:
          path: "acme-${version}/bin/*.exe"
          matches: {min: 1, max: unbounded}
          where: {product-name: Acme App, company-name: Acme Inc., product-version: "${version}.0"}
          sign: authenticode
      # 2 files in the sample
      - pe:
          path: "acme-${version}/lib/**/*.dll"
          matches: {min: 1, max: unbounded}
          where: {product-name: Acme App, company-name: Acme Inc., product-version: "${version}.0"}
          sign: authenticode
      - zip:
          path: "acme-${version}/lib/inner.zip"
          contents:
            - pe:
                path: plain.exe
                sign: authenticode
            - file:
                paths: ["1.10", "no"]
                matches: {min: 2, max: 2}
      - pe:
          path: "acme-${version}/third-party/redist.dll"
          verify:
            authenticode:
              subjects: ["CN=Acme code,O=Acme"]
              timestamp: required
    other-files: keep
YAML
# The next version holds, too; a program that was not there is seen where files are named.
program 1.3.0.0 app13.exe
mv t/acme-1.2.3 t/acme-1.3
for to in bin/app.exe bin/tool.exe lib/a.dll lib/x/B.DLL; do cp app13.exe "t/acme-1.3/$to"; done
(cd t && zip -qr ../acme-1.3.zip .)
refuses ARTIFACT-WHERE 1 "$TAGSEAL" plan --configuration s.yaml --parameter version=1.3 acme-1.3.zip
sed -i 's/}\.0"/}.0.0"/' s.yaml
want 0 "$TAGSEAL" plan --configuration s.yaml --parameter version=1.3 acme-1.3.zip
cp vendor.dll t/acme-1.3/lib/evil.dll && (cd t && zip -qr ../acme-1.3.zip .)
refuses ARTIFACT-WHERE 1 "$TAGSEAL" plan --configuration s.yaml --parameter version=1.3 acme-1.3.zip

# ---- mixed treatment under one ending: names, not a pattern; other facts: other sets
mkdir m && cp app.exe m/a.exe && cp plain.exe m/b.exe && vendor_sign app.exe m/c.exe && cp other.exe m/d.exe && echo x > m/x.txt
(cd m && zip -q ../mixed.zip ./*)
suggest mixed.zip
signs a.exe b.exe d.exe
yaml_is <<'YAML'
# Suggested by 'tagseal inspect --suggest' for mixed.zip (5 files inside). Check before use:
# - sign: nobody signed these, so they are taken for your own.
# - verify: somebody else signed these. Put the roots of their certificates into trust/.
artifact:
  zip:
    path: mixed.zip
    contents:
      - pe:
          paths: [a.exe, d.exe]
          matches: {min: 2, max: 2}
          where: {product-name: Acme App, company-name: Acme Inc.}
          sign: authenticode
      - pe:
          path: b.exe
          sign: authenticode
      - pe:
          path: c.exe
          verify:
            authenticode:
              subjects: ["CN=Acme code,O=Acme"]
              timestamp: required
      - file:
          path: x.txt
YAML
cp s.yaml first.yaml
suggest mixed.zip
same s.yaml first.yaml
cp plain.exe e.exe && cp mixed.zip more.zip && zip -q more.zip e.exe
sed 's/mixed.zip/more.zip/' s.yaml > more.yaml
refuses ARTIFACT-UNEXPECTED 1 "$TAGSEAL" plan --configuration more.yaml more.zip

# ---- most files are signed by one: those are ours
rm -r m && mkdir m && vendor_sign plain.exe m/a.exe && cp m/a.exe m/b.exe && cp plain.exe m/c.exe
(cd m && zip -q ../ours.zip ./*)
suggest ours.zip
signs a.exe b.exe c.exe
yaml_says '# - sign: most files are signed by "CN=Acme code,O=Acme",'

# ---- a signature that is not good is neither demanded nor replaced
cp plain.exe m/d.exe && cp plain.exe m/e.exe && rm m/b.exe
printf 'XXXX' | dd of=m/a.exe bs=1 seek=1024 conv=notrunc status=none
(cd m && zip -q ../bad.zip ./*)
suggest bad.zip
signs c.exe d.exe e.exe
grep -q "# kept as it is, look at it: somebody else's signature is not good: [A-Z]*-[A-Z]" s.yaml && pass || fail "bad signature"

# ---- names: wildcards, `${`, quotes, what YAML takes for something else
mkdir odd && cd odd
names=('we[ird]*.exe' 'we[ird]x.exe' 'q?.exe' 'qq.exe' '2026-01-31' '1.10' yes 'aa: b.exe' '- c.exe' '#d.exe' "it's \"e\".exe" 'f${x}.exe' '${version}.dll' 'ünï.exe' $'nbsp\u00a0\u202e.exe' 'g**h' '!i' '&j.exe' '{k},[l]' '~')
for name in "${names[@]}"; do
	if [[ $name == *.exe || $name == *.dll ]]; then cp ../plain.exe "./$name"; else echo x > "./$name"; fi
done
cd ..
python3 - <<'END'
import os, zipfile
with zipfile.ZipFile("odd.zip", "w") as z:
    for name in sorted(os.listdir("odd")):
        z.write("odd/" + name, name)
END
suggest odd.zip
signs "$(find odd -name '*.exe' -o -name '*.dll' | cut -c5-)"
# Among others, each is meant by its name alone.
echo x > odd/keep.me && cp app.exe odd/other.exe
python3 - <<'END'
import os, zipfile
with zipfile.ZipFile("odd2.zip", "w") as z:
    for name in sorted(os.listdir("odd")):
        z.write("odd/" + name, name)
    for i in range(20):
        z.writestr("t/%d" % i, "x")
END
suggest odd2.zip
signs "$(find odd -name '*.exe' -o -name '*.dll' | cut -c5-)"
grep -qF '"we[[]ird][*].exe"' s.yaml && pass || fail "wildcards"
grep -qF '"f[$]{x}.exe"' s.yaml && pass || fail "not a parameter"
grep -qF 'nbsp\u00a0\u202e.exe' s.yaml && pass || fail "hidden characters"
cp odd.zip "it's [o]dd*.zip"
suggest "it's [o]dd*.zip"
yaml_says '    path: "it'"'"'s [[]o]dd[*].zip"'

# ---- one folder with a long name around many files: named once
folder='a-rather-long-name-of-a-folder/and-one-more-inside-of-it'
mkdir -p "long/$folder" && for i in 1 2 3 4 5 6 7; do echo "$i" > "long/$folder/$i.txt"; done
cp plain.exe "long/$folder/" && cp vendor.dll "long/$folder/"
cp plain.exe long/setup.exe && (cd long && zip -qr ../long.zip .)
suggest long.zip
signs setup.exe "$folder/plain.exe"
yaml_says "          path: $folder"
yaml_says '      - directory:'
yaml_lacks "$folder/"

# ---- other containers: what the table of kinds knows
rm t/acme-1.3/lib/evil.dll
tar -C t -czf acme-1.3.tar.gz acme-1.3 && gcab -c setup.cab app.exe plain.exe
suggest acme-1.3.tar.gz
signs acme-1.3/{bin/app.exe,bin/tool.exe,lib/a.dll,lib/x/B.DLL} plain.exe
yaml_says '    path: "acme-${version}.tar.gz"'
yaml_says '          paths: ["acme-${version}/lib/a.dll", "acme-${version}/lib/x/B.DLL"]'
suggest setup.cab
signs app.exe plain.exe setup.cab

# ---- archives in archives, empty ones, lone files
zip -qj -X deep3.zip app.exe && zip -qj -X deep2.zip deep3.zip app.c && zip -qj -X deep1.zip deep2.zip plain.exe
suggest deep1.zip
signs app.exe plain.exe
python3 -c 'import zipfile; zipfile.ZipFile("none.zip", "w").close()'
zip -qj -X holds-none.zip none.zip
for file in none.zip holds-none.zip app.c; do
	suggest "$file"
	signs
	yaml_says '# - Nothing in it is to be signed inside.'
done
: > empty && suggest empty
suggest app.exe
signs app.exe
yaml_says '    where: {product-name: Acme App, company-name: Acme Inc., product-version: "${version}"}'
suggest plain.exe
yaml_lacks '${version}'
cp plain.exe setup-2.0.exe
suggest setup-2.0.exe
yaml_says '    path: "setup-${version}.exe"'
says_not '1.2.3'
# A number that recurs is the version, another one in the name is not.
zip -qj -X win10.0-1.2.3.zip app.exe
suggest win10.0-1.2.3.zip
yaml_says '    path: "win10.0-${version}.zip"'

# What programs say, without zeros, as the names inside have it.
mkdir -p app-1.2.3 && cp app.exe app-1.2.3/ && zip -qr -X latest.zip app-1.2.3
suggest latest.zip
yaml_says '          path: "app-${version}/app.exe"'
yaml_says '          where: {product-name: Acme App, company-name: Acme Inc., product-version: "${version}.0"}'

# ---- programs of others: rcedit and esbuild are not signed, signtool is
mkdir npm && (cd npm && npm pack --silent rcedit@4 @electron/windows-sign@1 @esbuild/win32-x64@0.25.0 > log &&
    for file in *.tgz; do tar xzf "$file" --one-top-level="${file%%-[0-9]*}"; done && rm ./*.tgz log && zip -qr ../npm.zip .)
suggest npm.zip
signs {rcedit/package/bin/rcedit.exe,rcedit/package/bin/rcedit-x64.exe,esbuild-win32-x64/package/esbuild.exe}
yaml_says '              subjects: ["CN=Microsoft Corporation,O=Microsoft Corporation,L=Redmond,ST=Washington,C=US"]'
want 0 jq -e '[.. | objects | select(.state == "verified") | .path] == ["electron-windows-sign/package/vendor/signtool.exe"]' plan.json

# ---- many files: some patterns for many treatments, in time
python3 - <<'END'
import zipfile
read = lambda name: open(name, "rb").read()
vendor, plain, app, other = map(read, ["vendor.dll", "plain.exe", "app.exe", "other.exe"])
with zipfile.ZipFile("many.zip", "w") as z:
    for i in range(30000):
        z.writestr("d%d/e%d/file%d.txt" % (i % 300, i % 7, i), str(i))
    for i in range(700):
        z.writestr("d%d/bin%d.dll" % (i % 30, i), [app, plain][i % 4 == 0])
    for i in range(700):
        z.writestr("x/%d.exe" % i, [vendor, plain][i % 2])
END
start=$SECONDS
suggest many.zip
[[ $((SECONDS - start)) -lt 60 ]] && pass || fail "took $((SECONDS - start)) s"
grep -q 'that could not be named here: kept, look at them' s.yaml && pass || fail "nothing is left out"
[[ $(wc -l < s.yaml) -lt 700 ]] && pass || fail "too long"

# ---- the answer for machines, the output, what is refused
want 0 "$TAGSEAL" inspect --suggest --json acme-1.2.3.zip
grep -v '^it holds' <<< "$out" > s.json
want 0 jq -e '.parameters == {version: "1.2.3"} and .elements == 7 and
    (.artifact | .kind == "zip" and .other_files == "keep" and
    ([.contents[].kind] == ["pe", "pe", "zip", "pe"]) and
    .contents[3].directives[0].verify == "authenticode") and
    (.configuration | startswith("# Suggested")) and
    (.plan | startswith("tagseal plan --configuration FILE.yaml --parameter version=1.2.3 "))' s.json
want 0 "$TAGSEAL" inspect --suggest app.c
says $'artifact:\n  file:\n    path: app.c'
echo mine > there.yaml
refuses FILE-EXISTS 2 "$TAGSEAL" inspect --suggest -o there.yaml app.c
says '--force replaces it'
want 0 test "$(cat there.yaml)" = mine
want 0 "$TAGSEAL" inspect --suggest --force -o there.yaml app.c
want 0 grep -q 'path: app.c' there.yaml
refuses USAGE 2 "$TAGSEAL" inspect -o x.yaml app.c
refuses FILE-MISSING 2 "$TAGSEAL" inspect --suggest nothing
head -c 5000 acme-1.2.3.zip > cut.zip
refuses ZIP- 2 "$TAGSEAL" inspect --suggest -o cut.yaml cut.zip
want 1 test -e cut.yaml
