/* audit_tiles - a ledger as static files for a web server (tlog-tiles). */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/history.h"
#include "ledger/tiles.h"
#include "sys/file.h"

#define FOLDER_MODE	0755
#define NOTE_SIZE	65535	/* bytes of a checkpoint that was there */

struct export {
	const char	*folder;
	uint64_t	 written;	/* files */
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
goes_on(const struct export *x, const struct ledger *l, struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 }, note = { 0 };
	struct checkpoint c;

	if (!file_load(place(x, "checkpoint", &name), NOTE_SIZE, &note, e))
		return err_is(e, ERR_FILE_MISSING);
	if (!checkpoint_verify(buf_span(&note), &ledger_format(l)->log, &c,
	    e))
		return err_at(e, "%s", buf_cstr(&name));
	struct merkle_hash root = c.size <= ledger_size(l) ?
	    ledger_root(l, c.size) : merkle_empty();
	return (c.size <= ledger_checkpoint_size(l) &&
	    merkle_eq(&root, &c.root)) || err_set(e, ERR_LEDGER_REWIND, "%s "
	    "is of %llu events, which are not the first ones of the %llu here",
	    buf_cstr(&name), (unsigned long long)c.size,
	    (unsigned long long)ledger_checkpoint_size(l));
}

static bool
export(const struct invocation *in, struct history *h, struct export *x,
    struct err *e)
{
	CLEANUP(buf_done) struct buf name = { 0 };
	CLEANUP(fd_done) int lock = -1;
	const struct tiles_sink sink = { has, put, x };

	if (!history_open(in, h, e) || !history_read(h, e))
		return false;
	history_note(h);
	return folder_make(x->folder, FOLDER_MODE, e) &&
	    file_lock(place(x, ".lock", &name), &lock, e) &&
	    goes_on(x, h->ledger, e) && tiles_write(h->ledger, &sink, e);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	struct export x = { .folder = in->arguments[0] };
	struct json *v;

	if (!export(in, &h, &x, e))
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
	    "exit code 6.\n\n"
	    "The events go with it, for all who can read the folder; the "
	    "evidence that they name does\nnot.",
	.example = "tagseal audit tiles /srv/www/ledger --repo ledger.git "
	    "--log-key ledger.vkey",
	.json = true,
	.run = run,
};
