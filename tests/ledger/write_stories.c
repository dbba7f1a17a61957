/*
 * write_stories FOLDER COUNT: writes a ledger of that many releases into
 * FOLDER: ledger.git, vkey, and the private keys of commits and log, so that
 * others can go on with it. Prints the number of events. Objects are made in
 * memory and end up in one pack: so 5,000 events take seconds.
 */
#include <git2.h>
#include <git2/sys/mempack.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/libgit.h"
#include "ledger_maker.h"
#include "test.h"

static void
save(const char *name, struct span s)
{
	FILE *f = fopen(name, "wb");

	if (f == NULL || fwrite(s.ptr, 1, s.len, f) != s.len ||
	    fclose(f) != 0)
		exit(5);
}

static void
worked(int code)
{
	if (code == 0)
		return;
	fprintf(stderr, "%s\n", git_error_last()->message);
	exit(1);
}

static git_odb_backend *
memory_add(struct repository *r)
{
	git_odb_backend *memory;

	worked(git_mempack_new(&memory));
	worked(git_odb_add_backend(r->odb, memory, 999));
	return memory;
}

static void
memory_save(struct repository *r, git_odb_backend *memory)
{
	git_buf pack = GIT_BUF_INIT;
	git_indexer *indexer;
	git_indexer_progress stats = { 0 };

	worked(git_mempack_dump(&pack, r->walk, memory));
	worked(git_indexer_new(&indexer, "ledger.git/objects/pack", 0, NULL,
	    NULL));
	worked(git_indexer_append(indexer, pack.ptr, pack.size, &stats));
	worked(git_indexer_commit(indexer, &stats));
	git_indexer_free(indexer);
	git_buf_dispose(&pack);
}

int
main(int argc, char **argv)
{
	struct ledger_maker m;

	if (argc != 3 || chdir(argv[1]) != 0)
		return 2;
	maker_init(&m, "ledger.git", "ed25519", "ed25519");
	worked(git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0));
	git_odb_backend *memory = memory_add(m.repo);
	save("vkey", m.trust.log_key);
	soft_key_save(m.commit_key, "commit.pem");
	soft_key_save(m.log_key, "log.pem");
	for (int i = 0; i < atoi(argv[2]); i++)
		maker_story(&m, arena_printf(m.arena, "%d", i));
	memory_save(m.repo, memory);
	printf("%llu\n", (unsigned long long)ledger_size(m.ledger));
	maker_done(&m);
	return 0;
}
