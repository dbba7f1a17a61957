#!/usr/bin/env bash
# layers - a folder includes only what engine/LAYERS and engine/FOREIGN allow,
# and the pure ones call neither files nor clocks nor the network.
# shellcheck source=lib.sh
. "$SOURCE/tests/lib.sh"

# table FILE: "name allowed…" without comments.
table() { sed -E '/^[[:space:]]*(#|$)/d' "$1"; }

# includes PATTERN: "file:line header" of each, below the current folder.
includes() {
	grep -nE "^ *# *include *$1" ./*/*.[ch] |
	    sed -E 's@^\./([^:]*:[0-9]*): *# *include *["<]([^">]*).*@\1 \2@' ||
	    true
}

# own_headers: "folder/file.h", never a bare or a relative name.
own_headers() {
	local at header folder
	while read -r at header; do
		folder=${at%%/*}
		[[ $header == */* ]] || { echo "$at: $header has no folder"; continue; }
		[[ $header != *..* ]] || echo "$at: $header leaves its folder"
		[[ ${below[$folder]:-} == *" ${header%%/*} "* ]] ||
		    echo "$at: $folder may not include $header"
	done < <(includes '"')
}

foreign_headers() {
	local at header pattern
	while read -r at header; do
		for pattern in "${!foreign[@]}"; do
			# shellcheck disable=SC2053
			[[ $header == $pattern ]] || continue
			[[ ${foreign[$pattern]} == *" ${at%%/*} "* ]] ||
			    echo "$at: ${at%%/*} may not include <$header>"
		done
	done < <(includes '<')
}

impure='(f?open(at)?(64)?|creat(64)?|socket|connect|time|clock_gettime|gettimeofday|p?read(64)?|p?write(64)?|unlink|rename|fork|exec[a-z]*|system|popen|getenv)'

# calls BUILD: what the objects of the pure folders call that they may not.
calls() {
	local folder
	for folder in policy formats artifact; do
		find "$1/CMakeFiles/$folder.dir" -name '*.o' \
		    -exec nm -u {} + 2> /dev/null |
		    awk '{ print $2 }' | grep -xE "$impure" | sort -u |
		    sed "s/^/$folder calls /" || true
	done
}

# violations ENGINE BUILD: a line for each.
violations() {
	local -A below foreign
	local folder rest
	cd "$1"
	while read -r folder rest; do below[$folder]=" $folder $rest "; done < <(table LAYERS)
	while read -r folder rest; do foreign[$folder]=" $rest "; done < <(table FOREIGN)
	for folder in */; do
		[[ -n ${below[${folder%/}]:-} ]] || echo "${folder%/} is not in LAYERS"
	done
	[[ ${below[formats]:-} != *" keys "* && ${below[policy]:-} != *" sys "* ]] ||
	    echo "LAYERS lets formats or policy reach too far"
	own_headers
	foreign_headers
	calls "$2"
}

# ---- a made-up tree with one violation of each rule
mkdir -p made/{base,policy,formats,astray} objects/CMakeFiles/policy.dir
cat > made/LAYERS <<'END'
# a comment
base
policy base sys
formats base
END
printf '# a comment\nopenssl/* crypto\n' > made/FOREIGN
printf '#include <stdio.h>\n#include "base/a.h"\n' > made/base/a.c
cat > made/formats/a.c <<'END'
#include "a.h"
#include "base/../policy/a.h"
#include "policy/a.h"
#include <openssl/x509.h>
END
echo 'int open(const char *, int); int a(void); int a(void) { return open("", 0); }' > open.c
cc -c -o objects/CMakeFiles/policy.dir/open.o open.c
violations "$WORLD/made" "$WORLD/objects" > found
cd "$WORLD"
cat > expected <<'END'
astray is not in LAYERS
LAYERS lets formats or policy reach too far
formats/a.c:1: a.h has no folder
formats/a.c:2: base/../policy/a.h leaves its folder
formats/a.c:3: formats may not include policy/a.h
formats/a.c:4: formats may not include <openssl/x509.h>
policy calls open
END
diff expected found >&2 || true
same expected found

# ---- the tree
violations "$SOURCE/engine" "$BUILD" > "$WORLD/found"
cd "$WORLD"
if [[ ! -s found ]]; then pass; else fail "layers:"; cat found >&2; fi
want 0 test "$(cd "$SOURCE/engine" && includes '"' | wc -l)" -gt 300

# ---- libraries that make each start slow
# loads PROGRAM LIBRARY…: those of them that it loads.
loads() {
	local program=$1; shift
	readelf -d "$BUILD/$program" | grep -oE "NEEDED.*\[($(IFS='|'; echo "$*"))\." || true
}
want 0 test -n "$(loads tagseal-commands libgit2)"
want 0 test -z "$(loads tagseal libgit2 libyaml-0 libsqlite3 libcurl libxml2)"
want 0 test -z "$(loads tagseal-worker 'libxml2' 'libicu.*' 'libstdc++')"
