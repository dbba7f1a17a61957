#!/usr/bin/env bash
# layers - a folder includes only what engine/LAYERS and engine/FOREIGN allow.
set -euo pipefail
cd "${SOURCE:?}/engine"

bad=0
say() { printf 'layers: %s\n' "$*"; bad=1; }

declare -A below foreign
while read -r folder rest; do
	[[ $folder == \#* || -z $folder ]] || below[$folder]=" $folder $rest "
done < LAYERS
while read -r header rest; do
	[[ $header == \#* || -z $header ]] || foreign[$header]=" $rest "
done < FOREIGN

for folder in */; do
	[[ -n ${below[${folder%/}]:-} ]] || say "${folder%/} is not in LAYERS"
done

# Own headers: "folder/file.h", never a bare or a relative name.
while IFS=: read -r file line include; do
	folder=${file%%/*} header=${include#*\"} header=${header%%\"*}
	[[ $header == */* ]] || { say "$file:$line: $header has no folder"; continue; }
	[[ $header != *..* ]] || say "$file:$line: $header leaves its folder"
	[[ ${below[$folder]:-} == *" ${header%%/*} "* ]] ||
	    say "$file:$line: $folder may not include $header"
done < <(grep -n '^ *# *include *"' */*.[ch] || true)

# Headers of others.
while IFS=: read -r file line include; do
	folder=${file%%/*} header=${include#*<} header=${header%%>*}
	for pattern in "${!foreign[@]}"; do
		# shellcheck disable=SC2053
		[[ $header == $pattern ]] || continue
		[[ ${foreign[$pattern]} == *" $folder "* ]] ||
		    say "$file:$line: $folder may not include <$header>"
	done
done < <(grep -n '^ *# *include *<' */*.[ch] || true)

# The rules must be able to fail: a line that breaks each of them.
[[ ${below[formats]} != *" keys "* && ${below[policy]} != *" sys "* ]] ||
    say "LAYERS lets formats or policy reach too far"

# policy/ and formats/ call neither files nor clocks nor the network.
for folder in policy formats artifact; do
	objects=$(find "${BUILD:?}/CMakeFiles/$folder.dir" -name '*.o' 2>/dev/null || true)
	[[ -n $objects ]] || continue
	# shellcheck disable=SC2086
	while read -r symbol; do say "$folder calls $symbol"; done < <(
	    nm -u $objects | awk '{ print $2 }' | grep -xE \
	    '(f?open(at)?(64)?|creat(64)?|socket|connect|time|clock_gettime|gettimeofday|p?read(64)?|p?write(64)?|unlink|rename|fork|exec[a-z]*|system|popen|getenv)' |
	    sort -u)
done

exit $bad
