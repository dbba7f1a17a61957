/*
 * ledger - ledgers to measure, with keys in memory.
 *
 * ledger append ours|naive FOLDER EVENTS BATCH: writes so many events into a
 *	new repository, so many a commit, each commit signed and durable. Ours is
 *	a ledger with a checkpoint in each commit; naive has each event as a file
 *	of one folder, and nothing else.
 * ledger make FOLDER EVENTS: writes a ledger of whole releases in a hurry, a
 *	few a commit, and FOLDER/../vkey. Nothing is synced; git packs it.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "git/libgit.h"
#include "ledger_maker.h"
#include "test.h"
#include "token.h"

#define STORIES		8	/* of one commit */
#define PACK_EVERY	200	/* commits */

/* What both sides store: 300 bytes and a bit. */
static void
event_text_of(unsigned n, struct buf *out)
{
	buf_printf(out, "event %u: what an engine has to say of one thing in "
	    "some words that are not all the same: %08x %08x %08x", n,
	    n * 2654435761u, n * 40503u, ~n * 2246822519u);
}

static void
one_event(struct ledger_maker *m, unsigned n)
{
	CLEANUP(buf_done) struct buf text = { 0 };

	event_text_of(n, &text);
	maker_event(m, "engine.stopped", arena_printf(m->arena,
	    "{\"reason\":\"%s\"}", buf_cstr(&text)));
}

static void
append_ours(const char *folder, unsigned events, unsigned batch)
{
	struct ledger_maker m;

	maker_init(&m, folder, "p256", "ed25519");
	for (unsigned n = 1; n < events; n++) {
		one_event(&m, n);
		if (m.event_count == batch || n + 1 == events)
			maker_commit(&m);
	}
	maker_done(&m);
}

/* Each commit has the whole folder once more as its tree. */
static void
append_naive(const char *folder, unsigned events, unsigned batch)
{
	struct ledger_maker m;
	struct tree_change changes[MAKER_EVENTS];
	struct object_id head, tree;
	struct err e;
	size_t count = 0;

	maker_init(&m, folder, "p256", "ed25519");
	head = *ledger_head(m.ledger);
	tree = maker_tree(&m, &head);
	for (unsigned n = 1; n < events; n++) {
		CLEANUP(buf_done) struct buf text = { 0 }, bytes = { 0 };
		struct json *v = json_map();

		event_text_of(n, &text);
		json_put_span(v, "reason", buf_span(&text));
		m.at += 1000;
		assert_ok(event_make("engine.stopped", n, m.at, MAKER_ENGINE,
		    v, &bytes, &e), &e);
		changes[count++] = maker_file(&m, arena_printf(m.arena,
		    "all/%08u", n), buf_span(&bytes));
		if (count < batch && n + 1 < events)
			continue;
		struct object_id next = maker_forge(&m, m.commit_key, &tree,
		    changes, count, &head, 1);
		assert_ok(ref_update(m.repo, MAKER_REF, &head, &next, &e), &e);
		head = next;
		tree = maker_tree(&m, &head);
		count = 0;
	}
	maker_done(&m);
}

/* ---- a large one ---- */

/* The digest by which the file of a release is found again. */
static const char *
result_of(struct ledger_maker *m, unsigned n)
{
	struct digest d = digest_of(DIGEST_SHA256, span_text(arena_printf(
	    m->arena, "result %u", n)));

	return arena_text(m->arena, span_text(digest_hex(&d).text));
}

static void
make(const char *folder, unsigned events)
{
	struct ledger_maker m;
	struct err e;

	assert_ok(libgit_start(&e), &e);
	git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 0);
	maker_init(&m, folder, "p256", "ed25519");
	m.together = true;
	for (unsigned n = 0; ledger_size(m.ledger) < events; n++) {
		m.result_sha256 = result_of(&m, n);
		maker_story(&m, arena_printf(m.arena, "%u", n));
		if ((n + 1) % STORIES != 0)
			continue;
		maker_commit(&m);
		if ((n + 1) / STORIES % PACK_EVERY == 0)
			run_ok("git -C %s repack -d -q", folder);
	}
	run_ok("git -C %s gc -q", folder);
	run_ok("printf '%%s' '%.*s' > %s/../vkey", (int)m.trust.log_key.len,
	    (const char *)m.trust.log_key.ptr, folder);
	printf("%llu\n", (unsigned long long)ledger_size(m.ledger));
	maker_done(&m);
}

int
main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "append") == 0) {
		unsigned events = (unsigned)atoi(argv[4]);
		unsigned batch = (unsigned)atoi(argv[5]);

		if (batch == 0 || batch >= MAKER_EVENTS)
			return 2;
		(strcmp(argv[2], "ours") == 0 ? append_ours : append_naive)(
		    argv[3], events, batch);
		return 0;
	}
	if (argc != 4 || strcmp(argv[1], "make") != 0)
		return 2;
	make(argv[2], (unsigned)atoi(argv[3]));
	return 0;
}
