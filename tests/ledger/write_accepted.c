/*
 * write_accepted FOLDER [accepted|refused COMMIT TIME]...: writes a ledger
 * into FOLDER (ledger.git, vkey) that tells of commits of a config repo and
 * when each was first seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "test.h"

#define HEX64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
tell(struct ledger_maker *m, const char *word, const char *commit,
    const char *seen)
{
	char members[1024];

	if (strcmp(word, "accepted") == 0) {
		snprintf(members, sizeof(members), "{\"commit_id\":\"%s\","
		    "\"payload_sha256\":\"" HEX64 "\",\"manifest_sha256\":\""
		    HEX64 "\",\"signer\":\"person/carol\",\"first_seen\":"
		    "\"%s\"}", commit, seen);
		maker_event(m, "config.accepted", members);
		return;
	}
	snprintf(members, sizeof(members), "{\"commit_id\":\"%s\","
	    "\"first_seen\":\"%s\",\"findings\":[{\"code\":\"CHAIN-PATH\","
	    "\"text\":\"a reason\"}]}", commit, seen);
	maker_event(m, "config.refused", members);
}

int
main(int argc, char **argv)
{
	struct ledger_maker m;

	if (argc < 2 || argc % 3 != 2 || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", "ed25519", "ed25519");
	for (int i = 2; i < argc; i += 3)
		tell(&m, argv[i], argv[i + 1], argv[i + 2]);
	if (argc > 2)
		maker_commit(&m);
	FILE *f = fopen("vkey", "wb");
	if (f == NULL || fwrite(m.trust.log_key.ptr, 1, m.trust.log_key.len,
	    f) != m.trust.log_key.len || fclose(f) != 0)
		return 5;
	maker_done(&m);
	return 0;
}
