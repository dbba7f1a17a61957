#!/usr/bin/env bash
# The published schemas are what the table prints, and ajv and the engine agree
# on every file of the corpus. A bad file says in its first line which error the
# engine must give and where; "engine" behind it: no schema can say this rule.
. "$SOURCE/tests/lib.sh"
# shellcheck source=../npm.sh
. "$SOURCE/tests/npm.sh"
tool=$BUILD/tests/configfile

for kind in $("$tool" kinds); do
	"$tool" schema "$kind" > printed.json
	want 0 cmp printed.json "$SOURCE/schemas/$kind.json"
done
"$tool" reference > printed.md
want 0 cmp printed.md "$SOURCE/docs/config-reference.md"

npm_folder

# What kind a file is, is the longest name of a kind that its name begins with.
kind_of() {
	local kind best=
	for kind in $("$tool" kinds); do
		[[ ${1##*/} != "$kind"* || ${#kind} -lt ${#best} ]] || best=$kind
	done
	printf '%s' "$best"
}

corpus=$SOURCE/tests/config/corpus
judgements=$(cd "$npm" && node "$SOURCE/tests/config/judge.mjs" \
    "$SOURCE/schemas" "$corpus"/good/*.yaml "$corpus"/bad/*.yaml)

for file in "$corpus"/good/*.yaml; do
	want 0 "$tool" check "$(kind_of "$file")" "$file"
	want 0 grep -qxF "good $file" <<< "$judgements"
done
for file in "$corpus"/bad/*.yaml; do
	read -r _ code line engine < "$file"
	want 1 "$tool" check "$(kind_of "$file")" "$file"
	want 0 grep -qx "$code $line" <<< "$out"
	if [[ $engine == engine ]]; then
		want 0 grep -qxF "good $file" <<< "$judgements"
	else
		want 0 grep -qF "bad $file: " <<< "$judgements"
	fi
done

# The sample too, file by file.
sample=$SOURCE/sample-config-repo/config
while read -r kind file; do
	cp "$sample/$file" "$kind-${file//\//-}"
	want 0 "$tool" check "$kind" "$kind-${file//\//-}"
	want 0 grep -q '^good ' <<< "$(cd "$npm" && node \
	    "$SOURCE/tests/config/judge.mjs" "$SOURCE/schemas" \
	    "$WORLD/$kind-${file//\//-}")"
done <<- END
	tagseal tagseal.yaml
	person people/ci-acme.yaml
	group groups/admins.yaml
	certificate certificates/acme-release.yaml
	certificate certificates/engine-log.yaml
	project projects/acme-app/project.yaml
	policy projects/acme-app/policies/release-signing.yaml
	artifact-configuration projects/acme-app/artifacts/default.yaml
END
