# transports - whole releases where the repositories are at $at, an address;
# sourced after engine.sh. read is "yes" if they want a token.
# shellcheck shell=bash

# Where the repositories are, instead of folders of this machine.
more_config() {
	sed -i "s|$WORLD/repos/|$at/|" config/tagseal.yaml config/projects/*/project.yaml
	[[ -z $read ]] || sed -i -e 's@^repository:@credential: {credential: read}\n&@' \
	    -e 's@private-address: true@&, credential: {credential: ci}@' config/projects/*/project.yaml
}

# world MORE…: as make_world, with more lines in engine.yaml; clones are new.
world() {
	make_place
	make_engine_file
	sed -i -e "s|\"$WORLD/repos/config.git\"|\"$at/config.git\"|" -e '/^repositories:/d' \
	    -e "s@^  urls:@${read:+  credential: read\n}&@" -e "s@^ledger: {@&${read:+credential: push, }@" engine.yaml
	printf '%s\n' "$@" >> engine.yaml
	rm -rf config app
	git clone -q "$at/config.git" config
	git clone -q "$at/acme-app.git" app
	engine --begin || { tail -40 engine.log >&2; return 1; }
}

# release_by_git VERSION: a tag whose manifest was written by hand.
release_by_git() {
	local file=acme-app-$1.zip
	build "$1"
	cat > message <<-END
	Release $1

	---
	tagseal: 1
	project: acme-app
	policy: release-signing
	artifacts:
	  - name: $file
	    sha256: "$(sha256sum < "ci/$file" | cut -d' ' -f1)"
	    size: $(stat -c %s "ci/$file")
	    from: $ci/$file
	parameters: {version: "$1"}
	END
	by alice app tag -s -F "$WORLD/message" "v$1"
	by alice app push -q origin "refs/tags/v$1"
}

# whole_release VERSION: from the tag to the signed file.
whole_release() {
	release_by_git "$1"
	pass_of_engine
	want 0 test "$(state_of "v$1")" = waiting
	approve carol "$(request "v$1")"
	pass_of_engine
	want 0 test "$(state_of "v$1")" = completed
	want 0 sh -c "cd out/acme-app/v$1 && sha256sum -c --strict SHA256SUMS"
	want 0 test -z "$(events alarm.raised)"
}

# stuck CODE EXIT: a pass that reaches nobody, says so, and changes nothing.
stuck() {
	local before
	before=$(git -C repos/ledger.git rev-parse tagseal/ledger)
	want "$2" engine --once
	want 0 grep -q "code=$1" engine.log
	want 0 test "$(git -C repos/ledger.git rev-parse tagseal/ledger)" = "$before"
}
