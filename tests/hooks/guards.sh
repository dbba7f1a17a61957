# guards - a place with the hooks installed, and pushes that they refuse;
# sourced after people.sh.
# shellcheck shell=bash
cmake --install "$BUILD" --prefix "$WORLD/prefix" > install.log || { cat install.log >&2; exit 1; }
HOOKS=$WORLD/prefix/share/tagseal/hooks
export PATH=$WORLD/prefix/bin:$PATH

# contents REPO: every ref and object that is there.
contents() { git -C "$1" for-each-ref; (cd "$1" && find objects -type f ! -name 'tmp_*' | sort); }

# refused CODE REPO GIT-WORD…: it fails with the code, and nothing arrives.
refused() {
	local code=$1 repo=$2; shift 2
	contents "$repo" > before
	want 1 "$@"
	says "$code"
	contents "$repo" > after
	same before after
}

# refused_ref CODE REPO GIT-WORD…: the same for hooks that run when the
# objects are there already.
refused_ref() {
	local code=$1 repo=$2; shift 2
	git -C "$repo" for-each-ref > before
	want 1 "$@"
	says "$code"
	git -C "$repo" for-each-ref > after
	same before after
}
