/* audit_tiles - a ledger as static files for a web server (tlog-tiles). */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/history.h"
#include "cli/job.h"
#include "ledger/tiles.h"
#include "sys/file.h"

#define FOLDER_MODE	0755
#define NOTE_SIZE	65535	/* bytes of a checkpoint that was there */

struct export {
	const char	*folder;
	uint64_t	 written;	/* files, or held against the ledger */
	uint64_t	 shown;		/* size of the checkpoint there; or 0 */
	struct json	*bad;		/* names of files */
};

static const char *
place(const struct export *x, const char *path, struct buf *out)
{
	out->len = 0;
	buf_printf(out, "%s/%s", x->folder, path);
	return buf_cstr(out);
}

static bool
has(void *arg, const char *path)
{
	CLEANUP(buf_done) struct buf name = { 0 };

	return access(place(arg, path, &name), F_OK) == 0;
}

static bool
put(void *arg, const char *path, struct span bytes, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 }, folder = { 0 };
	struct export *x = arg;

	const char *whole = place(x, path, &name);
	buf_put(&folder, (struct span){ name.ptr,
	    (size_t)(strrchr(whole, '/') - whole) });
	x->written++;
	return folder_make(buf_cstr(&folder), FOLDER_MODE, e) &&
	    file_replace_span(whole, bytes, FILE_PLAIN, e);
}

/*
 * What the folder already shows to others must be a beginning of this ledger:
 * two logs, or an older clone, in one place would be a rewind for them.
 */
static bool
goes_on(struct export *x, const struct ledger *l, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 }, note = { 0 };
	struct checkpoint c;

	if (!file_load(place(x, "checkpoint", &name), NOTE_SIZE, &note, e))
		return err_is(e, ERR_FILE_MISSING);
	if (!checkpoint_verify(buf_span(&note), &ledger_format(l)->log, &c,
	    e))
		return err_at(e, "%s", buf_cstr(&name));
	x->shown = c.size;
	struct merkle_hash root = c.size <= ledger_size(l) ?
	    ledger_root(l, c.size) : merkle_empty();
	return (c.size <= ledger_checkpoint_size(l) &&
	    merkle_eq(&root, &c.root)) || err_set(e, ERR_LEDGER_REWIND, "%s "
	    "is of %llu events, which are not the first ones of the %llu here",
	    buf_cstr(&name), (unsigned long long)c.size,
	    (unsigned long long)ledger_checkpoint_size(l));
}

/* ---- held against the ledger */

static bool
has_none(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return false;
}

static bool
compare(void *arg, const char *path, struct span bytes, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 }, there = { 0 };
	struct export *x = arg;
	struct err why;

	(void)e;
	x->written++;
	if (!file_load(place(x, path, &name), bytes.len, &there, &why) ||
	    !span_eq(buf_span(&there), bytes))
		json_add(x->bad, json_text(span_text(path)));
	return true;
}

static bool
check(struct history *h, struct export *x, struct err *e)
{
	const struct tiles_sink sink = { has_none, compare, x };

	if (!goes_on(x, h->ledger, e))
		return false;
	if (x->shown == 0)
		return err_set(e, ERR_FILE_MISSING, "%s/checkpoint",
		    x->folder);
	if (!tiles_each(h->ledger, x->shown, &sink, e))
		return false;
	if (json_count(x->bad) == 0)
		return true;
	return err_set(e, ERR_LEDGER_TILE, "%zu of %llu files in %s are not "
	    "what the ledger says, the first is %s", json_count(x->bad),
	    (unsigned long long)x->written, x->folder,
	    text_show(json_span(json_item(x->bad, 0))).text);
}

static int
answer_check(const struct invocation *in, struct export *x, bool good,
    struct err *e)
{
	struct json *v;

	if (!in->json) {
		for (size_t i = 0; i < json_count(x->bad); i++) {
			cli_show(json_span(json_item(x->bad, i)));
			putchar('\n');
		}
		if (good)
			printf("good: %llu events, %llu files\n",
			    (unsigned long long)x->shown,
			    (unsigned long long)x->written);
		return good ? EXIT_YES : -1;
	}
	v = json_map();
	json_put_int(v, "events", (int64_t)x->shown);
	json_put_int(v, "files_checked", (int64_t)x->written);
	json_put(v, "bad", TAKE(x->bad));
	if (!good)
		json_put_err(v, "error", e);
	cli_answer(v);
	return good ? EXIT_YES : err_exit_code(e->what->kind);
}

static bool
export(struct history *h, struct export *x, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	CLEANUP(fd_done) int lock = -1;
	const struct tiles_sink sink = { has, put, x };

	return folder_make(x->folder, FOLDER_MODE, e) &&
	    file_lock(place(x, ".lock", &name), &lock, e) &&
	    goes_on(x, h->ledger, e) && tiles_write(h->ledger, &sink, e);
}

static int
run_check(const struct invocation *in, struct history *h, struct export *x,
    struct err *e)
{
	x->bad = json_list();
	int code = answer_check(in, x, check(h, x, e), e);
	json_release(x->bad);
	return code;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	struct export x = { .folder = in->arguments[0] };
	struct json *v;

	if (!history_open(in, &h, e) || !history_read(&h, e))
		return -1;
	history_note(&h);
	if (option_given(in, "check"))
		return run_check(in, &h, &x, e);
	if (!export(&h, &x, e))
		return -1;
	uint64_t size = ledger_checkpoint_size(h.ledger);
	if (!in->json) {
		printf("%llu events, %llu files written\n",
		    (unsigned long long)size, (unsigned long long)x.written);
		return EXIT_YES;
	}
	v = json_map();
	json_put_int(v, "events", (int64_t)size);
	json_put_int(v, "files_written", (int64_t)x.written);
	cli_answer(v);
	return EXIT_YES;
}

static const struct option_row options[] = {
	{ "check", 0, NULL, "write nothing: hold each file that is there "
	    "against the ledger", false },
	HISTORY_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_tiles_command = {
	.name = "audit tiles",
	.summary = "write the ledger as static files for monitors (tlog-tiles)",
	.arguments = "FOLDER",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "Verifies the whole ledger of a clone and writes its "
	    "events, its hashes and its newest\ncheckpoint in the layout of "
	    "C2SP tlog-tiles, for any web server. Each file appears whole,\n"
	    "the checkpoint last; run again, it adds what is new. A folder "
	    "that shows another ledger,\nor more of this one, is left alone: "
	    "exit code 6.\n\nFiles that are there are not read again: "
	    "--check does that, and names those that were\nchanged or are "
	    "missing (exit code 6). Remove them, and run it without.\n\n"
	    "The events go with it, for all who can read the folder; the "
	    "evidence that they name does\nnot.",
	.example = "tagseal audit tiles /srv/www/ledger --repo ledger.git "
	    "--log-key ledger.vkey",
	.json = true,
	.run = run,
};
