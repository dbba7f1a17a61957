#!/usr/bin/env bash
# check: config repos as folders, as commits, and as chains of signed commits.
. "$(dirname "$0")/../lib.sh"

export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1
mkdir keys
cp -r "$SOURCE/sample-config-repo/config" repo
for who in alice bob carol dave; do
	ssh-keygen -q -N '' -t ed25519 -f keys/$who
	sed -i "s@ssh: .*@ssh: \"$(cut -d' ' -f1,2 keys/$who.pub)\"@" \
	    repo/people/$who.yaml
done
as() {
	local who=$1; shift
	git -C repo -c user.name="$who" -c user.email="$who@test" \
	    -c gpg.format=ssh -c user.signingkey="$WORLD/keys/$who.pub" "$@"
}
commit() { as "$1" add . && as "$1" commit -q -S -m "$2"; }

# A folder, without git.
want 0 "$TAGSEAL" check --folder repo
says "sound: repo"
want 0 "$TAGSEAL" check --folder repo/ --json
want 0 jq -e '.sound and (.errors | length == 0)' <<< "$out"
cp -r repo bad
printf 'members: [person/nobody, person/noone]\n' > bad/groups/developers.yaml
printf 'nmae: X\n' >> bad/people/bob.yaml
want 4 "$TAGSEAL" check --folder bad
says "groups/developers.yaml:1:"
says "people/bob.yaml:"
want 4 "$TAGSEAL" check --folder bad --json
want 0 jq -e '.sound == false and (.errors | length >= 2) and
    all(.errors[]; .file and .line > 0 and .column > 0 and .error.code)' \
    <<< "$out"
ln -s /etc/passwd bad/people/eve.yaml
refuses CONFIG-FILE-UNKNOWN 4 "$TAGSEAL" check --folder bad
refuses FILE-MISSING 2 "$TAGSEAL" check --folder nowhere

# A commit: what lies in the folder does not matter.
refuses GIT-REPOSITORY 5 "$TAGSEAL" check repo
git init -q -b main repo
refuses GIT-REF-MISSING 3 "$TAGSEAL" check repo
commit carol root
printf 'nmae: X\n' >> repo/people/bob.yaml
want 0 "$TAGSEAL" check repo
says "sound: $(git -C repo rev-parse HEAD)"
want 0 bash -c 'cd repo/people && "$0" check' "$TAGSEAL"
want 4 "$TAGSEAL" check --folder --repo repo
as alice checkout -q .

# A chain.
root=$(git -C repo rev-parse HEAD)
sed -i 's/^organization: .*/organization: other/' repo/tagseal.yaml
commit carol rename
want 1 "$TAGSEAL" check --repo repo --range "$root..main"
says "CHAIN-PENDING"
says "the engine would follow this to ${root:0:12}"
manifest=$(git -C repo ls-tree -r HEAD | while IFS=$'\t' read -r meta path; do
	read -r mode _ id <<< "$meta"
	printf '%s %s %s\n' "$mode" \
	    "$(git -C repo cat-file blob "$id" | sha256sum | cut -c1-64)" "$path"
done | LC_ALL=C sort -k3 | sha256sum | cut -c1-64)
as dave tag -s endorse/rename -m "good

commit: $(git -C repo rev-parse HEAD)
manifest-sha256: $manifest"
want 0 "$TAGSEAL" check repo --range "$root..HEAD"
says "allowed"

# endorse writes such a tag: the same statement, and as good.
as dave cat-file tag endorse/rename | grep -E '^(commit|manifest-sha256): ' > by-hand
as dave tag -d endorse/rename
want 1 "$TAGSEAL" check repo --range "$root..HEAD"
want 0 "$TAGSEAL" endorse --repo repo --name dave --dry-run
want 0 grep -E '^(commit|manifest-sha256): ' <<< "$out"
want 0 test "$out" = "$(cat by-hand)"
endorse() { GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingkey \
    GIT_CONFIG_VALUE_1=$WORLD/keys/$1.pub GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$1 "$TAGSEAL" endorse --repo repo "${@:2}"; }
refuses USAGE 2 endorse dave --name 'no slug'
want 0 endorse dave --name dave
says "git push origin refs/tags/endorse/dave-"
refuses RELEASE-TAG 5 endorse dave --name dave
refuses RELEASE-TAG 5 endorse nobody --name nobody
want 0 test -z "$(git -C repo tag -l 'endorse/nobody-*')"
want 0 endorse dave --name again --json
want 0 jq -e '.tag | startswith("endorse/again-")' <<< "$out"
want 0 "$TAGSEAL" check repo --range "$root..HEAD"
says "allowed"

# heartbeat says that the commit is the newest; check shows it.
want 0 "$TAGSEAL" check repo
says "heartbeat: none of this commit"
heartbeat() { GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=gpg.format GIT_CONFIG_VALUE_0=ssh GIT_CONFIG_KEY_1=user.signingkey \
    GIT_CONFIG_VALUE_1=$WORLD/keys/$1.pub GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$1 "$TAGSEAL" heartbeat --repo repo "${@:2}"; }
refuses RELEASE-TAG 5 heartbeat nobody
want 0 test -z "$(git -C repo tag -l 'heartbeat/*')"
want 0 heartbeat dave --dry-run
want 0 grep "^commit: $(git -C repo rev-parse HEAD)$" <<< "$out"
want 0 heartbeat dave
says "git push origin refs/tags/heartbeat/1"
want 0 heartbeat alice
want 0 "$TAGSEAL" check repo
says "heartbeat: number 1 by dave"
want 0 heartbeat carol --json
want 0 jq -e '.tag == "heartbeat/3"' <<< "$out"
want 0 "$TAGSEAL" check repo --json
want 0 jq -e '.sound and .heartbeat.number == 3 and .heartbeat.signer == "carol" and .heartbeat.said' <<< "$out"

want 0 "$TAGSEAL" check repo --range "$root..refs/heads/main" --json
want 0 jq -e '.allowed and .commits[0].signer and
    (.commits[0].findings | length > 0)' <<< "$out"
refuses GIT-HISTORY-APART 6 "$TAGSEAL" check repo --range "main..$root"
refuses GIT-REF-MISSING 3 "$TAGSEAL" check repo --range "main..no"
refuses USAGE 2 "$TAGSEAL" check repo --range main
refuses USAGE 2 "$TAGSEAL" check repo --range a..b --folder
refuses USAGE 2 "$TAGSEAL" check repo --repo repo
as alice tag -a plain -m plain "$root"
want 0 "$TAGSEAL" check repo --range plain..main

# A hook before a push is accepted: what was pushed lies apart, and what is
# refused leaves nothing behind.
git clone -q --bare repo server.git
git -C repo remote add server "$WORLD/server.git"
printf '#!/bin/sh\nread -r old new ref\nexec "%s" check --range "$old..$new"\n' "$TAGSEAL" > server.git/hooks/pre-receive
chmod +x server.git/hooks/pre-receive
accepted=$(git -C server.git rev-parse main)
sed -i 's/^description: .*/description: Ours/' repo/groups/developers.yaml
commit alice 'not hers'
want 1 git -C repo push -q server main
says "CHAIN-PATH"
want_same "$accepted" "$(git -C server.git rev-parse main)" 'the branch'
want 1 git -C server.git cat-file -e "$(git -C repo rev-parse main)"
as alice reset -q --hard HEAD~1
sed -i 's/^description: .*/description: Hers/' repo/projects/acme-app/project.yaml
commit alice 'hers'
want 0 git -C repo push -q server main
want_same "$(git -C repo rev-parse main)" "$(git -C server.git rev-parse main)" 'the branch'
