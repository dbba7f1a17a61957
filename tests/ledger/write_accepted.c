/*
 * write_accepted FOLDER [accepted|refused COMMIT TIME | recovered COMMIT FILE
 * | endorsed COMMIT FILE]...: writes a ledger into FOLDER (ledger.git, vkey)
 * that tells of commits of a config repo and when each was first seen; that
 * one took the place of the commit before it, by the statement in the file; or
 * that one was accepted on the strength of a tag, whose bytes are in the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger_maker.h"
#include "sys/file.h"
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

static void
tell_recovery(struct ledger_maker *m, const char *leaves, const char *commit,
    const char *path)
{
	CLEANUP(buf_done) struct buf file = { 0 };
	char members[1024];
	struct err e;

	assert_ok(file_load(path, 60000, &file, &e), &e);
	snprintf(members, sizeof(members), "{\"epoch\":1,\"leaves\":\"%s\","
	    "\"commit_id\":\"%s\",\"payload_sha256\":\"" HEX64 "\","
	    "\"manifest_sha256\":\"" HEX64 "\",\"keys\":[],\"reason\":\"\","
	    "\"first_seen\":\"2026-01-01T00:00:00.000Z\","
	    "\"statement_sha256\":\"%s\"}", leaves, commit,
	    maker_blob(m, arena_text(m->arena, buf_span(&file))));
	maker_event(m, "config.recovered", members);
}

static void
tell_endorsed(struct ledger_maker *m, const char *commit, const char *file)
{
	CLEANUP(buf_done) struct buf raw = { 0 };
	struct object_id id;
	char *members;
	struct err e;

	assert_ok(file_load(file, 1 << 20, &raw, &e), &e);
	id = object_id_of(OBJECT_TAG, buf_span(&raw));
	members = arena_printf(m->arena, "{\"commit_id\":\"%s\","
	    "\"payload_sha256\":\"" HEX64 "\",\"manifest_sha256\":\""
	    HEX64 "\",\"signer\":\"person/carol\",\"first_seen\":"
	    "\"2026-01-01T00:30:00.000Z\",\"evidence\":[{\"what\":"
	    "\"endorsement\",\"object_id\":\"%s\",\"raw_sha256\":"
	    "\"%s\"}]}", commit, object_id_hex(&id).text,
	    maker_blob(m, arena_text(m->arena, buf_span(&raw))));
	maker_event(m, "config.accepted", members);
}

int
main(int argc, char **argv)
{
	struct ledger_maker m;

	if (argc < 2 || argc % 3 != 2 || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", "ed25519", "ed25519");
	for (int i = 2; i < argc; i += 3)
		if (i > 2 && strcmp(argv[i], "recovered") == 0)
			tell_recovery(&m, argv[i - 2], argv[i + 1],
			    argv[i + 2]);
		else if (strcmp(argv[i], "endorsed") == 0)
			tell_endorsed(&m, argv[i + 1], argv[i + 2]);
		else
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
