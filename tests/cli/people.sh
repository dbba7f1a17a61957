# people - the sample organisation as a config repo, "repo", with keys of its
# own, and who works there; sourced after lib.sh. carol and dave administrate,
# alice and bob own the projects, eve is nobody.
# shellcheck shell=bash
export HOME=$WORLD GIT_CONFIG_NOSYSTEM=1
CONFIG_ID=0b7e0000-0000-4000-8000-000000000002	# that of the ledgers' tests

make_people() {
	local who
	mkdir keys
	cp -r "$SOURCE/sample-config-repo/config" repo
	for who in alice bob carol dave eve; do
		ssh-keygen -q -N '' -t ed25519 -f "keys/$who"
		[[ $who == eve ]] ||
		    sed -i "s@ssh: .*@ssh: \"$(cut -d' ' -f1,2 "keys/$who.pub")\"@" "repo/people/$who.yaml"
	done
	sed -i "s/^id: .*/id: \"$CONFIG_ID\"/" repo/tagseal.yaml
}

# by WHO FOLDER ARGUMENT…: stock git as that person, signing with their key.
by() {
	local who=$1 folder=$2; shift 2
	git -C "$folder" -c user.name="$who" -c user.email="$who@test" -c gpg.format=ssh \
	    -c user.signingkey="$WORLD/keys/$who.pub" "$@"
}
as() { by "$1" repo "${@:2}"; }

# commit WHO MESSAGE: the files of repo as they are. describe WHO PROJECT TEXT:
# what an owner may change alone.
commit() { as "$1" add . && as "$1" commit -q -S -m "$2"; }
describe() { sed -i "s/^description: .*/description: $3/" "repo/projects/$2/project.yaml" && commit "$1" "$3"; }

# pin REPO COMMIT VKEY [ID]: a trust.yaml, computed with git and sha256sum.
pin() {
	local payload manifest meta path mode blob
	payload=$(git -C "$1" cat-file commit "$2" | sed '/^gpgsig /,/-----END SSH SIGNATURE-----$/d' | sha256sum | cut -d' ' -f1)
	manifest=$(git -C "$1" ls-tree -r "$2" | while IFS=$'\t' read -r meta path; do
		read -r mode _ blob <<< "$meta"
		printf '%s %s %s\n' "$mode" "$(git -C "$1" cat-file blob "$blob" | sha256sum | cut -d' ' -f1)" "$path"
	done | LC_ALL=C sort -k3 | sha256sum | cut -d' ' -f1)
	printf 'tagseal: 1\nconfig:\n  id: "%s"\n  root: {commit: "%s", payload-sha256: "%s", manifest-sha256: "%s"}\nledger: {keys: ["%s"]}\n' \
	    "${4:-$CONFIG_ID}" "$2" "$payload" "$manifest" "$(cat "$3")"
}
