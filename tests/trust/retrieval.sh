#!/usr/bin/env bash
# retrieval - attacks by what is fetched with tokens: a server that wants the
# token at another host, and Git LFS beside a repository that is asked by HTTP.
# At the end, what is only not there yet comes later.
script=retrieval.sh
# shellcheck source=../lib.sh
. "$SOURCE/tests/lib.sh"
# shellcheck source=matrix.sh
. "$SOURCE/tests/trust/matrix.sh"
# shellcheck source=../e2e/engine.sh
. "$SOURCE/tests/e2e/engine.sh"
# shellcheck source=../e2e/attacks.sh
. "$SOURCE/tests/e2e/attacks.sh"
trap '"$SOURCE/tests/net/git-server" "$WORLD" stop; finish' EXIT

# ---- servers: for Git and its LFS one, for files a bad one
mkdir uploads store
python3 "$SOURCE/tests/net/http-server" uploads > bad.port &
python3 "$SOURCE/tests/net/lfs-server" store > lfs.port &
python3 "$SOURCE/tests/net/forge-server" "$WORLD/ci/acme-app-1.0.0.zip" > forge.port &
until [[ -s bad.port && -s lfs.port && -s forge.port ]]; do sleep 0.05; done
bad=127.0.0.1:$(cat bad.port) forge=127.0.0.1:$(cat forge.port)
host=127.0.0.1:$("$SOURCE/tests/net/git-server" "$WORLD")
more_config() {
	local project=config/projects/acme-app/project.yaml
	sed -i -e "s@{from: \[@&\"http://$bad/\", \"http://$forge/gitlab/\", @" \
	    -e "s@private-address: true@&, lfs: true, credential: {credential: read}, redirects: [\"http://localhost:$(cat bad.port)/\"]@" \
	    -e "s@^repository: .*@credential: {credential: read}\nrepository: [\"http://$host/repos/acme-app.git\"]@" $project
}
make_place
make_engine_file
printf 'connections: [{hosts: ["%s"], forge: gitlab}]\n' "$forge" >> engine.yaml
printf 'secret-1' > token && chmod 600 token
printf 'credentials:\n  read: {file: %s, for: courier, hosts: ["127.0.0.1"]}\n' "$WORLD/token" >> engine.yaml
engine --begin || { tail -40 engine.log >&2; exit 1; }
for version in 1.0.0 1.0.1 1.0.2 1.0.3 1.0.4 1.0.5 1.0.6; do build $version; done
oid() { sha256sum < "ci/acme-app-$1.zip" | cut -d' ' -f1; }
size() { stat -c %s "ci/acme-app-$1.zip"; }
keep() { cp "ci/acme-app-$1.zip" "store/$(oid "$1")"; }
keep 1.0.0

# pointer NAME VERSION [SIZE [LINE]]: dist/NAME.zip, as git-lfs writes it.
mkdir -p app/dist
pointer() {
	{ printf 'version https://git-lfs.github.com/spec/v1\n'
	  [[ -z ${4:-} ]] || printf '%s\n' "$4"
	  printf 'oid sha256:%s\nsize %s\n' "$(oid "$2")" "${3:-$(size "$2")}"; } > "app/dist/$1.zip"
}
pointer good 1.0.0
pointer other-file 1.0.1
pointer other-size 1.0.0 7
pointer extension 1.0.0 '' "ext-0-case sha256:$(oid 1.0.0)"
pointer other-bytes 1.0.1
LC_ALL=C sed 's/run[.]sh/ruN.sh/' ci/acme-app-1.0.1.zip > "store/$(oid 1.0.1)"
pointer longer 1.0.2
keep 1.0.2
echo longer > "store/$(oid 1.0.2).case"
pointer metadata 1.0.3
echo metadata > "store/$(oid 1.0.3).case"
pointer other-port 1.0.4
echo port > "store/$(oid 1.0.4).case"
pointer away 1.0.5
keep 1.0.5
echo moved > "store/$(oid 1.0.5).case"
pointer late 1.0.6
by alice app add . && by alice app commit -q -S -m 'Built' && by alice app push -q origin HEAD

# git-lfs writes the pointer so, and takes the file from this server.
want_same "$(git lfs pointer --file=ci/acme-app-1.0.0.zip 2> /dev/null)" "$(cat app/dist/good.zip)" 'the pointer is'
git clone -q "http://$host/repos/acme-app.git" person
git -C person lfs smudge < app/dist/good.zip > smudged.zip
want 0 cmp smudged.zip ci/acme-app-1.0.0.zip

# in_tree NAME VERSION [PROJECT]: a manifest of dist/NAME.zip.
in_tree() {
	local name=$1 version=$2
	manifest project="${3:-acme-app}" file="acme-app-$version.zip" name="acme-app-$version.zip" version="$version" |
	    sed "s@from: .*}@path: \"dist/$name.zip\"}@"
}
declare -A ref=()
# attack ID VERSION: by the pointer dist/ID.zip.
attack() {
	making=lfs-$1 ref[lfs-$1]=v-$1
	in_tree "$1" "$2" | tag_text alice "v-$1"
	there git -C app cat-file -e "v-$1:dist/$1.zip"
}

# ---- attacks
in_tree good 1.0.0 | tag_text alice v1.0.0
manifest from="http://$forge/gitlab/jobs/2/artifacts/dist/app.zip" | tag_text alice v1.0.1
attack other-file 1.0.0
attack other-size 1.0.0
attack extension 1.0.0
attack other-bytes 1.0.1
there ! cmp "store/$(oid 1.0.1)" ci/acme-app-1.0.1.zip
there test "$(stat -c %s "store/$(oid 1.0.1)")" -eq "$(size 1.0.1)"
attack longer 1.0.2
attack metadata 1.0.3
attack other-port 1.0.4
attack away 1.0.5
# answer VERSION: what the LFS server says of it.
answer() {
	curl -s -H 'Accept: application/vnd.git-lfs+json' -H 'Content-Type: application/vnd.git-lfs+json' -d \
	    "{\"operation\": \"download\", \"transfers\": [\"basic\"], \"hash_algo\": \"sha256\", \"objects\": [{\"oid\": \"$(oid "$1")\", \"size\": $(size "$1")}]}" \
	    "http://$host/repos/acme-app.git/info/lfs/objects/batch"
}
href() { answer "$1" | jq -r '.objects[0].actions.download.href'; }
making=lfs-longer && there test "$(curl -s "$(href 1.0.2)" | wc -c)" -gt "$(size 1.0.2)"
making=lfs-metadata && there test "$(href 1.0.3)" = http://169.254.169.254/latest/meta-data/
making=lfs-other-port && there test "$(href 1.0.4)" = "http://127.0.0.1:1/$(oid 1.0.4)"
making=lfs-away && there test "$(curl -s -o /dev/null -w '%{redirect_url}' "$(href 1.0.5)")" = "http://localhost:${host#*:}/plain/$(oid 1.0.5)"
making=fetch-redirect-token ref[fetch-redirect-token]=v-token
away="http://$bad/to/$(printf 'http://localhost:%s/token' "$(cat bad.port)" | od -An -v -tx1 | tr -d ' \n')"
manifest from="$away" | tag_text alice v-token
there test "$(curl -s -o /dev/null -w '%{redirect_url}' "$away")" = "http://localhost:$(cat bad.port)/token"
# What is JSON by its own name is a changed file, not the answer of an API.
manifest name=acme-app.json from="http://$bad/json" | tag_text alice v-json
push_tags
making=lfs-not-allowed ref[lfs-not-allowed]=v-not-allowed
in_tree good 1.0.0 acme-agent | tag_text alice v-not-allowed
git -C app push -q "$WORLD/repos/acme-agent.git" main v-not-allowed
there git -C repos/acme-agent.git cat-file -e v-not-allowed:dist/good.zip

pass_of_engine
look
alive
completes v1.0.0 v1.0.1
signed_only v1.0.0 v1.0.1
failed ARTIFACT-LFS v-not-allowed
failed ARTIFACT-DIGEST v-json

# ---- judged
heard() { curl -s "http://$bad/told"; }
codes_at() { { codes_of request.refused "$1"; codes_of request.failed "$1"; } | sort -u | paste -sd ' '; }
for id in "${!ref[@]}"; do
	trouble=
	[[ $id != fetch-redirect-token || $(heard) == localhost= ]] || trouble=" it was told '$(heard)';"
	row "$id" "$(codes_at "${ref[$id]}")" "$trouble"
done
rows_done

# ---- what is not there yet, or is a page to log in, is asked for again
in_tree late 1.0.6 | tag_text alice v-late
manifest from="http://$bad/page" | tag_text alice v-page
push_tags
pass_of_engine
look
for what in v-late:LFS-MISSING v-page:NET-TYPE; do
	id=$(request "${what%:*}")
	counts 1 request.waiting ".request == \"$id\" and any(.missing[]; startswith(\"${what#*:}: \"))"
	counts 0 request.failed ".request == \"$id\""
done
keep 1.0.6
cp ci/acme-app-1.0.0.zip uploads/page
pass_of_engine
look
completes v-late v-page
signed_only v1.0.0 v1.0.1 v-late v-page
want 1 grep -q 'secret-1' engine.log

# ---- Git LFS needs an address that is asked by HTTP
sed -i 's@private-address: true@&, lfs: true@' config/projects/acme-agent/project.yaml
change_config 'Git LFS for a repository on a disk'
in_tree good 1.0.0 acme-agent | tag_text alice v-disk
git -C app push -q "$WORLD/repos/acme-agent.git" v-disk
pass_of_engine
look
failed LFS-ADDRESS v-disk
want 0 "$TAGSEAL" audit verify --repo repos/ledger.git
