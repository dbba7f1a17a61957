#!/usr/bin/env bash
# import signpath: each element and rule of their format, judged by the loader,
# by a plan of a real archive, by xmllint and by another reader of YAML.
. "$(dirname "$0")/../lib.sh"

import() { "$TAGSEAL" import signpath "$@"; }
# xml FILE: the rest of a configuration around what is read.
xml() {
	{ echo '<?xml version="1.0" encoding="utf-8"?>'
	  echo '<artifact-configuration xmlns="http://signpath.io/artifact-configuration/v1">'
	  cat
	  echo '</artifact-configuration>'; } > "$1"
}
# in_zip FILE: what is read stands in a zip-file; its first line is line 4.
in_zip() { { echo '<zip-file>'; cat; echo '</zip-file>'; } | xml "$1"; }
# body: without the comments at the top.
body() { sed '1,/^$/d' "$1"; }
# becomes CODE FILE: the result is the YAML that is read, and is in out.yaml.
becomes() {
	cat > expected
	local said
	want "$1" import "$2" -o out.yaml
	said=$out
	body out.yaml > body
	diff expected body >&2 || true
	same expected body
	# Another reader sees the same: what is plain here is text there.
	want 0 python3 -c 'import yaml; yaml.safe_load(open("out.yaml"))'
	out=$said
}
# loads: the result is a file of a config repo.
cp -r "$SOURCE/sample-config-repo/config" config
loads() {
	cp out.yaml config/projects/acme-app/artifacts/imported.yaml
	want 0 "$TAGSEAL" check --folder config
}
# bad CODE LINE TEXT FILE: refused with its line.
bad() { refuses "$1" 2 import "$4"; says "$4:$2: "; says "$3"; }

# ---- a whole one, against an archive
xml acme.xml <<'XML'
<parameters>
  <parameter name="version" required="true"/>
  <parameter name="Product-Line" default-value="2024"/>
</parameters>
<zip-file path="acme-${version}.zip">
  <pe-file path="app\*.exe">
    <authenticode-sign description="Acme ${version}" description-url="https://acme.example/${Product-Line}"/>
  </pe-file>
  <directory path="LIB">
    <pe-file-set>
      <include path="**/*.dll" min-matches="2" max-matches="unbounded"/>
      <for-each><authenticode-sign hash-algorithm="sha384" append="true"/></for-each>
    </pe-file-set>
  </directory>
  <zip-file path="./inner.zip">
    <directory path=".">
      <file path="run.sh">
        <create-cms-signature output-file-name="${file.name}.p7s" output-encoding="pem" rsa-padding="pkcs1"/>
      </file>
    </directory>
  </zip-file>
  <file path="notes.txt" min-matches="0"/>
</zip-file>
XML
want 0 xmllint --noout acme.xml
becomes 0 acme.xml <<'YAML'
# Policies of purpose release want a pattern for each, such as "[0-9.]+".
parameters:
  version: {required: true}
  # line 5: the parameter "Product-Line" is named "product-line" here
  product-line: {default: "2024"}
artifact:
  zip:
    path: "acme-${version}.zip"
    contents:
      - pe:
          path: "app/*.exe"
          sign:
            authenticode:
              description: "Acme ${version}"
              description-url: "https://acme.example/${product-line}"
      - directory:
          path: LIB
          contents:
            - pe:
                path: "**/*.dll"
                matches: {min: 2, max: unbounded}
                sign: {authenticode: {digest: sha384, append: true}}
          other-files: keep
      - zip:
          path: inner.zip
          contents:
            - file:
                path: run.sh
                sign: {cms: {output: "${file.name}.p7s", encoding: pem}}
          other-files: keep
      - file:
          path: notes.txt
          matches: {min: 0, max: 1}
    other-files: keep
YAML
says 'acme.xml:5: the parameter "Product-Line" is named "product-line" here'
sed 's/{required: true}/{required: true, pattern: "[0-9.]+"}/; s/"2024"/"2024", pattern: "[0-9]+"/' -i out.yaml
loads
printf 'int main(void) { return 0; }\n' > app.c
mkdir -p tree/App tree/lib/x in
x86_64-w64-mingw32-gcc -o tree/App/a.exe app.c
x86_64-w64-mingw32-gcc -shared -o tree/lib/b.dll app.c
cp tree/lib/b.dll tree/lib/x/c.dll
echo 'echo hi' > in/run.sh && (cd in && zip -q ../tree/inner.zip run.sh)
echo more > tree/more.txt && (cd tree && zip -qr ../acme-1.2.zip .)
want 0 "$TAGSEAL" plan --configuration out.yaml --parameter version=1.2 --json acme-1.2.zip
want 0 jq -e '.signed == 4 and ([.. | objects | select(.state == "signed") | .path] | sort) ==
    ["App/a.exe", "lib/b.dll", "lib/x/c.dll", "run.sh"]' <<< "$out"

# ---- sets: each include has its numbers and, where it says so, conditions
in_zip sets.xml <<'XML'
<pe-file-set product-name="Acme" company-name="Acme Inc.">
  <include path="a.exe"/>
  <include path="b/*.dll" max-matches="unbounded"/>
  <for-each><authenticode-verify/></for-each>
</pe-file-set>
<pe-file-set product-name="Acme" company-name="Acme Inc.">
  <include path="c.exe" product-name="Other"/>
  <include path="d/[!a-c]?.exe" min-matches="0" max-matches="7"/>
  <for-each><authenticode-verify/><authenticode-sign/></for-each>
</pe-file-set>
<directory-set><include path="e"/><include path="f/"/><for-each><pe-file path="[abc][a-z].dll"/></for-each></directory-set>
<zip-file-set><include path="**/g.zip" file-version="1"/><for-each/></zip-file-set>
XML
bad IMPORT-UNKNOWN 15 'include has no attribute "file-version"' sets.xml
sed -i 's/ file-version="1"//' sets.xml
becomes 0 sets.xml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          paths:
            - {path: a.exe, matches: {min: 1, max: 1}}
            - {path: "b/*.dll", matches: {min: 1, max: unbounded}}
          where: {product-name: Acme, company-name: Acme Inc.}
          verify: authenticode
      - pe:
          paths:
            - path: c.exe
              matches: {min: 1, max: 1}
              where: {product-name: Other, company-name: Acme Inc.}
            - path: "d/[!a-c]?.exe"
              matches: {min: 0, max: 7}
              where: {product-name: Acme, company-name: Acme Inc.}
          verify: authenticode
          sign: authenticode
      - directory:
          paths:
            - {path: e, matches: {min: 1, max: 1}}
            - {path: f, matches: {min: 1, max: 1}}
          contents:
            - pe:
                path: "[abc][a-z].dll"
          other-files: keep
      - zip:
          path: "**/g.zip"
          other-files: keep
    other-files: keep
YAML
loads

# ---- conditions of a single file; all of them
in_zip where.xml <<'XML'
<pe-file path="a.exe" product-name="A" product-version="1.10" file-version="${file.name}"
  company-name="yes" copyright="(c) &quot;A&quot; &amp; B" original-filename="a.exe"/>
<pe-file-set product-name="A"><include path="b.exe"/><for-each/></pe-file-set>
XML
becomes 0 where.xml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          path: a.exe
          where:
            product-name: A
            product-version: "1.10"
            file-version: "${file.name}"
            company-name: "yes"
            copyright: "(c) \"A\" & B"
            original-filename: a.exe
      - pe:
          path: b.exe
          where: {product-name: A}
    other-files: keep
YAML
loads

# ---- a set may be about its files alone
in_zip alone.xml <<'XML'
<pe-file-set><include path="Serilog.dll" product-name="Serilog" product-version="7.0.0" min-matches="0"/></pe-file-set>
XML
becomes 0 alone.xml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          path: Serilog.dll
          matches: {min: 0, max: 1}
          where: {product-name: Serilog, product-version: "7.0.0"}
    other-files: keep
YAML
loads

# ---- several of a kind: SHA-1 for old systems, then a better one
in_zip twice.xml <<'XML'
<pe-file path="a.exe"><authenticode-sign hash-algorithm="sha1" append="0"/><authenticode-sign hash-algorithm="sha256" append="true"/></pe-file>
<pe-file path="b.exe">
  <authenticode-sign hash-algorithm="sha1" append="1"/>
  <authenticode-sign append="1"/>
</pe-file>
<pe-file path="c.exe"><authenticode-sign/><authenticode-sign hash-algorithm="sha384" append="true"/></pe-file>
XML
becomes 1 twice.xml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          path: a.exe
          # line 4, not carried over: authenticode-sign with sha1: no new
          #   signature is made with it; the next one stands alone
          sign: {authenticode: {digest: sha256}}
      - pe:
          path: b.exe
          # line 6, not carried over: authenticode-sign with sha1: no new
          #   signature is made with it; the next one stands alone
          sign: {authenticode: {append: true}}
      - pe:
          path: c.exe
          sign:
            - authenticode
            - authenticode: {digest: sha384, append: true}
    other-files: keep
YAML
loads

# ---- no limits of the root; nothing to say about it
xml root.xml <<< '<pe-file path="${file.name}"/>'
bad IMPORT-VALUE 3 'asks for the name' root.xml
xml root.xml <<< '<pe-file/>'
becomes 0 root.xml <<'YAML'
artifact:
  pe: {}
YAML
loads

# ---- several signatures of one file
in_zip several.xml <<'XML'
<file path="a"><create-cms-signature output-file-name="a.p7s" output-encoding="der" hash-algorithm="sha512"/></file>
XML
becomes 0 several.xml <<'YAML'
artifact:
  zip:
    contents:
      - file:
          path: a
          sign: {cms: {output: a.p7s, encoding: der, digest: sha512}}
    other-files: keep
YAML
loads

# ---- what cannot be carried over, whatever kinds there will be
in_zip left.xml <<'XML'
<pe-file path="a.exe"><authenticode-sign hash-algorithm="sha1" description-url="www.acme.example"/></pe-file>
<file path="b"><create-cms-signature output-file-name="sub/b.p7s" output-encoding="der"/></file>
<file path="c"><create-cms-signature output-file-name="c.p7s" output-encoding="der" rsa-padding="pss"/></file>
<directory path="."><clickonce-sign/><pe-file path="d.exe"/></directory>
<directory-set><include path="."/><include path="x"/><for-each/></directory-set>
<directory path="e"><directory-set><include path="."/><include path="x"/><for-each/></directory-set></directory>
XML
becomes 1 left.xml <<'YAML'
artifact:
  zip:
    contents:
      - pe:
          path: a.exe
          # line 4, not carried over: hash-algorithm="sha1" of
          #   authenticode-sign: no new signature is made with it; this one will
          #   be made with sha256
          # line 4, not carried over: description-url="www.acme.example" of
          #   authenticode-sign: this is no http or https address
          sign: authenticode
      - file:
          path: b
          # line 5, not carried over: output-file-name="sub/b.p7s" of
          #   create-cms-signature: a signature lies beside its file, under a
          #   name of its own
      - file:
          path: c
          # line 6, not carried over: rsa-padding="pss" of create-cms-signature:
          #   RSA keys sign with PKCS#1 v1.5 here
          sign: {cms: {output: c.p7s, encoding: der}}
      # line 7, not carried over: clickonce-sign of the folder ".": there is no
      #   such signature yet
      - pe:
          path: d.exe
      # line 8, not carried over: directory-set with "." among others, and all
      #   that is in it: write its elements once for each folder
      - directory:
          path: e
          # line 9, not carried over: directory-set with "." among others, and
          #   all that is in it: write its elements once for each folder
          other-files: keep
    other-files: keep
YAML
says 'left.xml:4: not carried over: hash-algorithm="sha1"'
loads
want 0 grep -q '^# Not carried over:$' out.yaml
want 0 grep -q '^#   line 6: rsa-padding="pss"' out.yaml
xml default.xml <<< '<parameters><parameter name="p" default-value="a/b"/><parameter name="h"/></parameters><pe-file><authenticode-sign hash-algorithm="${h}" append="false"/></pe-file>'
becomes 1 default.xml <<'YAML'
# Policies of purpose release want a pattern for each, such as "[0-9.]+".
parameters:
  # line 3, not carried over: default-value="a/b" of the parameter "p": no value
  #   may hold / \ * ? [ ] or ..
  p: {}
  h: {}
artifact:
  pe:
    # line 3, not carried over: hash-algorithm="${h}" of authenticode-sign: a
    #   parameter decides it, which is not possible here
    sign: authenticode
YAML

# ---- names that every configuration here knows
xml names.xml <<< '<parameters><parameter name="Ref"/><parameter name="signpathRef"/></parameters><pe-file path="a-${Ref}-${signpathRef}"/>'
becomes 0 names.xml <<'YAML'
# Policies of purpose release want a pattern for each, such as "[0-9.]+".
parameters:
  # line 3: the parameter "Ref" is named "signpath-ref" here
  signpath-ref: {}
  # line 3: the parameter "signpathRef" is named "signpathref" here
  signpathref: {}
artifact:
  pe:
    path: "a-${signpath-ref}-${signpathref}"
YAML
sed -i 's/: {}/: {pattern: a}/' out.yaml
loads

# ---- every element and directive: carried over if there is such a kind here
"$TAGSEAL" print schema artifact-configuration > schema.json
kind_here() { jq -e --arg k "element-$1" '.definitions[$k]' schema.json > /dev/null; }
method_here() { jq -e --arg k "element-$1" --arg m "$2" '.definitions[$k] | .. | objects | select(has("properties")) | .properties | has($m)' schema.json 2> /dev/null | grep -q true; }
all='pe-file:pe:authenticode-sign:authenticode
powershell-file:powershell script:authenticode-sign:authenticode
windows-script-file:windows-script script:authenticode-sign:authenticode
catalog-file:cat catalog:authenticode-sign:authenticode
xml-file:xml:xml-sign key-info-x509-data="leaf":xml xmldsig
office-oxml-file:office-oxml office:office-macro-sign:office-macro
office-binary-file:office-binary office:office-macro-sign:office-macro
file:file:create-gpg-signature output-file-name="s" version="4":openpgp gpg
file:file:create-raw-signature output-file-name="s" hash-algorithm="sha256":raw
file:file:dsse-sign output-file-name="s" payload-type="t" rsa-padding="pkcs1":dsse
msi-file:msi:authenticode-sign:authenticode
cab-file:cab:authenticode-sign append="true":authenticode
appx-file:appx:authenticode-sign:authenticode
msix-file:msix appx:authenticode-sign:authenticode
opc-file:vsix opc:opc-sign:opc
nupkg-file:nupkg:nuget-sign:nuget
jar-file:jar:jar-sign:jar
rpm-file:rpm:rpm-sign:rpm openpgp
zip-file:zip:jar-sign:jar
directory:directory:clickonce-sign:clickonce'
while IFS=: read -r theirs kinds verb methods; do
	ours=; method=
	for k in $kinds; do ! kind_here "$k" || ours=${ours:-$k}; done
	for m in $methods; do [[ -z $ours ]] || ! method_here "$ours" "$m" || method=${method:-$m}; done
	in_zip one.xml <<< "<$theirs path='a.b'><$verb/></$theirs><$theirs-set><include path='c'/><include path='d'/><for-each><$verb/></for-each></$theirs-set>"
	want 0 xmllint --noout one.xml
	want "$([[ -n $ours && -n $method ]] && echo 0 || echo 1)" import one.xml -o out.yaml
	if [[ -z $ours ]]; then
		says "one.xml:4: not carried over: $theirs \"a.b\": there is no such kind of element yet"
		says "$theirs-set \"c\" ...: there is no such kind of element yet"
	else
		[[ -n $method ]] || says "not carried over: ${verb%% *} of $theirs \"a.b\""
		want 0 grep -qx "      - $ours:" out.yaml
		if [[ -n $method ]]; then want 0 grep -qE "sign: (\{)?$method" out.yaml; fi
	fi
	in_zip one.xml <<< "<$theirs/>"
	bad IMPORT-MISSING 4 "$theirs has no path" one.xml
	in_zip one.xml <<< "<$theirs path='a' nonsense='1'/>"
	bad IMPORT-UNKNOWN 4 "$theirs has no attribute \"nonsense\"" one.xml
	in_zip one.xml <<< "<$theirs path='a'><${verb%% *} nonsense='1'/></$theirs>"
	bad IMPORT-UNKNOWN 4 "has no attribute \"nonsense\"" one.xml
done <<< "$all"
xml whole.xml <<< '<office-binary-file><office-macro-sign/></office-binary-file>'
kind_here office || kind_here office-binary || { refuses IMPORT-NOTHING 1 import whole.xml -o none.yaml; want 1 test -e none.yaml; }
in_zip where.xml <<< '<msi-file path="a" subject="S" author="A"/><xml-file path="b" root-element-name="r" root-element-namespace="urn:r"/>'
import where.xml > /dev/null 2>&1 || want 1 import where.xml

# ---- no configuration of theirs
printf '<a/>' > a.xml
bad IMPORT-ROOT 1 'the outermost element is "a"' a.xml
printf '<artifact-configuration xmlns="http://signpath.io/artifact-configuration/v2"><pe-file/></artifact-configuration>' > a.xml
bad IMPORT-ROOT 1 '/v2"' a.xml
printf '<artifact-configuration><pe-file/></artifact-configuration>' > a.xml
bad IMPORT-ROOT 1 'namespace ""' a.xml
sed 's/<zip-file>/<zip-file xmlns="urn:a">/' sets.xml > a.xml
bad IMPORT-UNKNOWN 3 'is of the namespace "urn:a"' a.xml
sed 's/^<artifact-configuration /&a="b" /' root.xml > a.xml
bad IMPORT-UNKNOWN 2 'no attribute "a"' a.xml
sed 's@^<artifact-configuration @&xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" @' root.xml > a.xml
want 0 import a.xml
printf '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>' > a.xml
bad XML-DTD 1 'document type' a.xml
in_zip a.xml <<< '<file path="&nbsp;"/>'
bad XML-ENTITY 4 '&nbsp;' a.xml
in_zip a.xml <<< '<file path="a">'
bad XML-MALFORMED 5 'mismatch' a.xml
in_zip a.xml <<< $'<file path="\xe9"/>'
bad XML-ENCODING 4 'no UTF-8' a.xml
refuses FILE-MISSING 2 import none.xml
refuses FILE-KIND 2 import .
head -c 2000000 /dev/zero > a.xml
refuses LIMIT-SIZE 2 import a.xml
refuses USAGE 2 import

# ---- misspelt, missing, misplaced, not of the kind: each with its line
try() {	# WHERE CODE LINE TEXT: what is read is in a zip-file, or the root
	[[ $1 == zip ]] && in_zip try.xml || xml try.xml
	bad "$2" "$3" "$4" try.xml
}
try zip IMPORT-UNKNOWN 4 'zip-file has no element "pe-fiel"' <<< '<pe-fiel path="a"/>'
says 'did you mean "pe-file"?'
try zip IMPORT-UNKNOWN 4 'did you mean "authenticode-sign"?' <<< '<pe-file path="a"><autenticode-sign/></pe-file>'
try zip IMPORT-UNKNOWN 4 'did you mean "path"?' <<< '<pe-file pth="a"/>'
try zip IMPORT-UNKNOWN 5 'did you mean "min-matches"?' <<< $'<pe-file-set>\n<include path="a" mn-matches="0"/><for-each/></pe-file-set>'
try zip IMPORT-UNKNOWN 4 'text stands in pe-file' <<< '<pe-file path="a">text</pe-file>'
try zip IMPORT-UNKNOWN 4 'pe-file-set has no element "for-all"' <<< '<pe-file-set><include path="a"/><for-all/></pe-file-set>'
try zip IMPORT-UNKNOWN 4 'did you mean ${file.name}?' <<< '<file path="a"><create-cms-signature output-file-name="${file.nam}.s" output-encoding="der"/></file>'
try zip IMPORT-UNKNOWN 4 'no parameter is named "v"' <<< '<file path="a-${v}"/>'
try zip IMPORT-UNKNOWN 4 'include has no element' <<< '<file-set><include path="a"><file path="b"/></include><for-each/></file-set>'
try zip IMPORT-UNKNOWN 4 'attribute "ui-multifile-upload"' <<< '<jar-file path="a" ui-multifile-upload="on"/>'
try root IMPORT-UNKNOWN 3 'did you mean "parameter"?' <<< '<parameters><paramter name="a"/></parameters><pe-file/>'
try root IMPORT-UNKNOWN 3 'did you mean "default-value"?' <<< '<parameters><parameter name="a" default-valu="b"/></parameters><pe-file/>'
try root IMPORT-MISSING 3 'parameter has no name' <<< '<parameters><parameter/></parameters><pe-file/>'
try root IMPORT-MISSING 2 'no element for the artifact' <<< '<parameters/>'
try zip IMPORT-MISSING 4 'pe-file-set has no include' <<< '<pe-file-set><for-each/></pe-file-set>'
try zip IMPORT-MISSING 4 'pe-file-set has no path' <<< '<pe-file-set><include/><for-each/></pe-file-set>'
try zip IMPORT-MISSING 4 'has no output-encoding' <<< '<file path="a"><create-cms-signature output-file-name="s"/></file>'
try zip IMPORT-MISSING 4 'has no hash-algorithm' <<< '<file path="a"><create-raw-signature output-file-name="s"/></file>'
try zip IMPORT-MISSING 4 'has no payload-type' <<< '<file path="a"><dsse-sign output-file-name="s"/></file>'
try root IMPORT-PLACE 3 'must stand in a zip-file' <<< '<file/>'
try root IMPORT-PLACE 3 'must stand in a zip-file' <<< '<msi-file><file path="a"/></msi-file>'
try root IMPORT-PLACE 3 'must stand in a zip-file' <<< '<msi-file><directory path="d"><file path="a"/></directory></msi-file>'
try root IMPORT-PLACE 3 'not a directory' <<< '<directory path="a"/>'
try root IMPORT-PLACE 3 'not a pe-file-set' <<< '<pe-file-set><include path="a"/><for-each/></pe-file-set>'
try root IMPORT-PLACE 4 'second artifact' <<< $'<pe-file/>\n<pe-file/>'
try root IMPORT-UNKNOWN 4 'has no element "parameters"' <<< $'<parameters/>\n<parameters/>'
try zip IMPORT-PLACE 4 'which holds no files' <<< '<pe-file path="a"><pe-file path="b"/></pe-file>'
try zip IMPORT-PLACE 4 'pe-file cannot have jar-sign' <<< '<pe-file path="a"><jar-sign/></pe-file>'
try zip IMPORT-PLACE 4 'cannot have create-cms-signature' <<< '<pe-file path="a"><create-cms-signature output-file-name="s" output-encoding="der"/></pe-file>'
try zip IMPORT-PLACE 4 'cannot have append' <<< '<msi-file path="a"><authenticode-sign append="true"/></msi-file>'
try zip IMPORT-PLACE 4 'stands behind authenticode-sign' <<< '<pe-file path="a"><authenticode-sign/><authenticode-verify/></pe-file>'
try zip IMPORT-PLACE 4 'stands behind authenticode-verify' <<< '<pe-file path="a"><authenticode-verify/><authenticode-verify/></pe-file>'
try zip IMPORT-PLACE 4 'behind the for-each' <<< '<pe-file-set><include path="a"/><for-each/><include path="b"/></pe-file-set>'
deep=$(printf '<directory path="d">%.0s' {1..9}; printf '</directory>%.0s' {1..9})
try zip IMPORT-PLACE 4 'stands deeper than 9 elements' <<< "$deep"
for path in 'a**b' '[a' '[]' '/a' 'a//b' '..\a' 'a/' '.' './' '/'; do
	try zip IMPORT-VALUE 4 '' <<< "<pe-file path='$path'/>"
done
try zip IMPORT-VALUE 4 '' <<< '<directory path="/"/>'
try zip IMPORT-VALUE 4 'is empty' <<< '<pe-file path=""/>'
try zip IMPORT-VALUE 4 'is empty' <<< '<pe-file path="a" product-name=""/>'
try zip IMPORT-VALUE 4 'nobody sees' <<< $'<pe-file path="a\u202eexe.b"/>'
try zip IMPORT-VALUE 4 'a ${ without }' <<< '<pe-file path="${a"/>'
try root IMPORT-VALUE 3 'the artifact lies in none' <<< '<pe-file path="a/b"/>'
try root IMPORT-VALUE 3 'matches exactly once' <<< '<pe-file min-matches="0"/>'
try zip IMPORT-VALUE 4 'no number of matches is between 2 and 1' <<< '<pe-file path="a" min-matches="2"/>'
try zip IMPORT-VALUE 4 'between 0 and 0' <<< '<pe-file path="a" min-matches="0" max-matches="0"/>'
for number in -1 1.0 01 many 4294967295 ''; do
	try zip IMPORT-VALUE 4 'is no whole number' <<< "<pe-file path='a' max-matches='$number'/>"
done
try zip IMPORT-VALUE 4 'is no whole number' <<< '<pe-file path="a" min-matches="unbounded"/>'
try zip IMPORT-VALUE 4 'none of: sha256, sha384, sha512, sha1' <<< '<pe-file path="a"><authenticode-sign hash-algorithm="md5"/></pe-file>'
try zip IMPORT-VALUE 4 'none of: sha256, sha384, sha512' <<< '<file path="a"><create-cms-signature output-file-name="s" output-encoding="der" hash-algorithm="sha1"/></file>'
try zip IMPORT-VALUE 4 'none of: true, false' <<< '<pe-file path="a"><authenticode-sign append="yes"/></pe-file>'
try zip IMPORT-VALUE 4 'none of: none, leaf, whole-chain, exclude-root' <<< '<xml-file path="a"><xml-sign key-info-x509-data="all"/></xml-file>'
try root IMPORT-VALUE 3 'neither true nor false' <<< '<parameters><parameter name="a" required="yes"/></parameters><pe-file/>'
try root IMPORT-VALUE 3 'is declared twice' <<< '<parameters><parameter name="a"/><parameter name="A"/></parameters><pe-file/>'
try root IMPORT-VALUE 3 'is no name of' <<< '<parameters><parameter name="1a"/></parameters><pe-file/>'
try root IMPORT-VALUE 3 'is no name of' <<< '<parameters><parameter name="a.b"/></parameters><pe-file/>'

# ---- the command: JSON, files, exit codes
in_zip upload.xml <<< '<pe-file path="a"/>'
sed -i 's/<zip-file>/<zip-file ui-multifile-upload="on">/' upload.xml
becomes 0 upload.xml <<'YAML'
# line 3: ui-multifile-upload is about SignPath's web page only
artifact:
  zip:
    contents:
      - pe:
          path: a
    other-files: keep
YAML
want 1 import left.xml --json
want 0 jq -e '.source == "left.xml" and .complete == false and .remarks == [] and
    (.left_out | length == 7) and .left_out[0].line == 4 and
    (.left_out[0].text | test("sha1")) and (.configuration | test("artifact:\n  zip:"))' <<< "$out"
want 0 import upload.xml --json -o json.yaml
want 0 jq -e '.complete and .output == "json.yaml" and (.remarks | length == 1) and
    (has("configuration") | not)' <<< "$out"
import upload.xml > printed.yaml 2> said
same json.yaml printed.yaml
want 0 grep -qx "upload.xml:3: ui-multifile-upload is about SignPath's web page only" said
want 0 import "$WORLD/upload.xml" -o json.yaml
want 1 grep -q "$WORLD" json.yaml
# What is refused leaves the file that was there.
want 2 import try.xml -o json.yaml
same json.yaml printed.yaml
refuses FILE-MISSING 2 import upload.xml -o none/out.yaml
refuses SYSTEM-WRITE 5 bash -c '"$0" import signpath upload.xml > /dev/full' "$TAGSEAL"
cp upload.xml $'odd\n# name.xml'
want 0 import $'odd\n# name.xml' -o odd.yaml
want 0 python3 -c 'import yaml; assert list(yaml.safe_load(open("odd.yaml"))) == ["artifact"]'

# ---- the page for security engineers shows what the command makes
page=$SOURCE/docs/security-engineer.md
sed -n "/^cat > ..\/portable.xml/,/^END/{/^cat\|^END/!p}" "$page" > portable.xml
sed -n '/^# From SignPath/,/^```/{/^```/!p}' "$page" > shown.yaml
want 0 test "$(wc -l < shown.yaml)" -gt 20
want 0 import portable.xml -o out.yaml
diff shown.yaml out.yaml >&2 || true
same shown.yaml out.yaml
loads
