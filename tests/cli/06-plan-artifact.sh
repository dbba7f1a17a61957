#!/usr/bin/env bash
# plan ARTIFACT: what would be done to each file of an archive; judged by jq.
. "$(dirname "$0")/../lib.sh"

printf 'int main(void) { return 0; }\n' > app.c
mkdir -p tree/bin
x86_64-w64-mingw32-gcc -o tree/bin/app.exe app.c
x86_64-w64-mingw32-gcc -shared -o tree/bin/lib.dll app.c
cp tree/bin/app.exe tree/small.exe
printf '#!/bin/sh\necho hi\n' > tree/run.sh
echo words > tree/notes.txt
(cd tree && zip -qr inner.zip bin && rm -r bin && zip -qr ../acme-1.2.zip .)
cat > acme.yaml <<'YAML'
parameters: {version: {required: true, pattern: "[0-9.]+"}}
artifact:
  zip:
    path: "acme-${version}.zip"
    contents:
      - pe: {path: "*.exe", sign: {authenticode: {digest: sha384}}}
      - zip:
          path: inner.zip
          contents:
            - pe:
                paths: ["bin/*.exe", "bin/*.dll"]
                matches: {min: 1, max: unbounded}
                sign: {authenticode: {description: "Acme ${version}"}}
      - file: {path: run.sh, sign: {cms: {output: "${file.name}.p7s", encoding: der}}}
      - file: {path: notes.txt}
    other-files: refuse
YAML
before=$(sha256sum acme-1.2.zip)
plan() { "$TAGSEAL" plan --configuration acme.yaml --parameter version=1.2 "$@"; }

want 0 plan acme-1.2.zip
says "sign 4, verified 0, keep "
says "sign small.exe"
says 'pe "*.exe", line 6'
says "authenticode, sha384"
says "        sign bin/lib.dll"
says "Acme 1.2"
says "run.sh.p7s"
says "keep notes.txt"
want 0 plan --json acme-1.2.zip
printf '%s' "$out" > plan.json
want 0 jq -e '.signed == 4 and .artifact.name == "acme-1.2.zip" and
    ([.. | objects | select(.state == "signed") | .path] | sort ==
    ["bin/app.exe", "bin/lib.dll", "run.sh", "small.exe"]) and
    ([.. | objects | select(.path == "notes.txt")][0] |
    .state == "kept" and .element == "file \"notes.txt\"") and
    ([.. | objects | select(.path == "small.exe")][0] |
    .directives == [{sign: "authenticode", digest: "sha384"}])' plan.json
# The digests are those of the files, also of the nested ones.
want 0 jq -re '.. | objects | select(.path == "bin/lib.dll") | .sha256' plan.json
says "$(unzip -p tree/inner.zip bin/lib.dll | sha256sum | cut -c1-64)"

# ---- links in a tar archive are names, and nothing that could be signed
mkdir linked && cp tree/small.exe linked/ && ln -s small.exe linked/link.exe
tar -czf linked.tar.gz -C linked .
elements() { printf 'artifact: {tar: {contents: [%s]}}\n' "$1" > linked.yaml; }
linked() { "$TAGSEAL" plan --configuration linked.yaml linked.tar.gz; }
elements '{pe: {path: small.exe, sign: authenticode}}, {file: {path: link.exe}}'
want 0 linked
says "sign small.exe"
says "keep link.exe"
says "the whole archive is packed again by gzip"
elements '{pe: {path: small.exe, sign: authenticode}}'
refuses ARTIFACT-UNEXPECTED 1 linked
elements '{pe: {path: "*.exe", matches: {max: unbounded}, sign: authenticode}}'
refuses ENTRY-OPAQUE 2 linked
says '"link.exe" is a symbolic link'
elements '{pe: {path: small.exe}}, {zip: {path: link.exe}}'
refuses ENTRY-OPAQUE 2 linked

# ---- a surprise
cp acme-1.2.zip plain.zip
echo surprise > surprise.txt
zip -q acme-1.2.zip surprise.txt
refuses ARTIFACT-UNEXPECTED 1 plan acme-1.2.zip
says "surprise.txt"
says "refuse 1"
says "    refuse surprise.txt"
says "        sign bin/lib.dll"
want 1 plan --json acme-1.2.zip
want 0 jq -e '.error.code == "ARTIFACT-UNEXPECTED" and .refused == 1 and
    ([.. | objects | select(.path == "surprise.txt")][0] |
    .state == "refused" and .refused == "ARTIFACT-UNEXPECTED" and (.why | test("surprise")))' <<< "$out"
# Each file that is refused says why; an archive inside is one of them.
cp -r tree worse && cp worse/notes.txt worse/small.exe && echo no archive > worse/inner.zip
(cd worse && zip -qr ../worse.zip .)
sed 's/acme-${version}/worse/' acme.yaml > worse.yaml
refuses ZIP-NO-END 2 "$TAGSEAL" plan --configuration worse.yaml --parameter version=1 worse.zip
says "refuse 2"
says "PE-"
sed 's/other-files: refuse/other-files: keep/' acme.yaml > keep.yaml
want 0 "$TAGSEAL" plan --configuration keep.yaml --parameter version=1.2 acme-1.2.zip
says "keep surprise.txt"
says "none: other files are kept"
want 0 "$TAGSEAL" plan --json --configuration keep.yaml --parameter version=1.2 acme-1.2.zip
want 0 jq -e '[.. | objects | select(.path == "surprise.txt")][0] |
    .state == "other" and has("element") == false' <<< "$out"
mv plain.zip acme-1.2.zip

# ---- parameters, names, files
refuses PARAMETER-MISSING 1 "$TAGSEAL" plan --configuration acme.yaml acme-1.2.zip
refuses PARAMETER-PATTERN 1 "$TAGSEAL" plan --configuration acme.yaml --parameter version=x acme-1.2.zip
refuses ARTIFACT-PARAMETER 4 "$TAGSEAL" plan --configuration acme.yaml --parameter verson=1 acme-1.2.zip
refuses USAGE 2 "$TAGSEAL" plan --configuration acme.yaml --parameter version acme-1.2.zip
want 1 "$TAGSEAL" plan --configuration acme.yaml --parameter version=1.3 acme-1.2.zip
sed '/small.exe/d; s/"\*.exe"/"none.exe"/' acme.yaml > none.yaml
refuses ARTIFACT-MATCH-COUNT 1 "$TAGSEAL" plan --configuration none.yaml --parameter version=1.2 acme-1.2.zip
refuses FILE-MISSING 2 plan nothing.zip
refuses FILE-MISSING 2 "$TAGSEAL" plan --configuration nothing.yaml acme-1.2.zip
refuses USAGE 2 plan --config . acme-1.2.zip
want 0 test "$before" = "$(sha256sum acme-1.2.zip)"

# ---- what a path says otherwise, several directives, digests, names
mkdir sets && cp tree/small.exe sets/a.exe && cp tree/small.exe sets/b.exe && echo x > sets/c.txt
(cd sets && zip -q ../sets.zip a.exe b.exe c.txt)
cat > sets.yaml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          paths: ["*.exe", {path: "*.dll", matches: {min: 0}, where: {product-name: X}}]
          matches: {min: 2, max: 2}
          sign: [{authenticode: {description: "${project} at ${ref}"}}, {authenticode: {append: true, digest: sha384}}]
      - file: {path: c.txt, hash: [sha512], sign: {cms: {output: "${file.name}.p7s"}}}
YAML
refuses ARTIFACT-PARAMETER 4 "$TAGSEAL" plan --configuration sets.yaml sets.zip
sets() { "$TAGSEAL" plan --configuration sets.yaml --parameter project=acme --parameter ref=refs/tags/v1 "$@"; }
want 0 sets sets.zip
says "acme at refs/tags/v1"
says "authenticode, sha384, beside signatures that are there"
says "same as     sets.zip!/a.exe"
says "$(sha512sum < sets/c.txt | cut -c1-128)"
want 0 sets --json sets.zip
want 0 jq -e '[.. | objects | select(.path == "b.exe")][0] | .same_as == "sets.zip!/a.exe" and
    ([.directives[].sign] == ["authenticode", "authenticode"])' <<< "$out"
cp tree/small.exe sets/x.dll && (cd sets && zip -q ../sets.zip x.dll)
refuses ARTIFACT-WHERE 1 sets sets.zip
says 'product-name should be "X"'
sed 's/subjects/x/; s/sign: \[{auth.*/verify: {authenticode: {roots: vendor.pem}}/' sets.yaml > roots.yaml
refuses CONFIG-FILE-MISSING 4 "$TAGSEAL" plan --configuration roots.yaml sets.zip
mkdir trust && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out trust/vendor.pem -days 9 -subj /CN=v 2> log
refuses ARTIFACT-VERIFY 1 "$TAGSEAL" plan --configuration roots.yaml sets.zip
says "carries no signature"

# ---- XML documents are told apart by their root
mkdir docs && printf '<?xml version="1.0"?>\n<a:feed xmlns:a="urn:acme"><a:x/></a:feed>\n' > docs/feed.xml
(cd docs && zip -q ../docs.zip feed.xml)
cat > xml.yaml <<'YAML'
artifact: {zip: {contents: [{xml: {path: "*.xml", where: {root-element-name: feed, root-element-namespace: "urn:acme"}, sign: {cms: {output: "${file.name}.p7s"}}}}]}}
YAML
want 0 "$TAGSEAL" plan --configuration xml.yaml docs.zip
says "sign feed.xml"
sed 's/urn:acme/urn:other/' xml.yaml > xml2.yaml
refuses ARTIFACT-WHERE 1 "$TAGSEAL" plan --configuration xml2.yaml docs.zip
says 'root-element-namespace is "urn:acme", not "urn:other"'
echo '<feed' > docs/feed.xml && (cd docs && zip -q ../docs.zip feed.xml)
refuses XML-MALFORMED 2 "$TAGSEAL" plan --configuration xml.yaml docs.zip
