/* audit_export - a period of the ledger as a folder that proves itself. */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/export.h"

#define VIEW	".view"		/* in the folder, while it is made */

static void
export_done(struct export *x)
{
	view_free(x->view);
	history_done(&x->h);
	export_folder_done(&x->folder);
}

/* ---- which events */

static bool
time_of(struct ledger *l, uint64_t n, int64_t *at, struct err *e)
{
	CLEANUP(json_done) struct json *json = NULL;
	CLEANUP(buf_done) struct buf bytes = { 0 };
	struct event ev;

	if (!ledger_event_read(l, n, &bytes, &json, &ev, e))
		return false;
	*at = ev.at;
	return true;
}

/* The first event that is not before a time; times never decrease. */
static bool
find_time(struct ledger *l, int64_t time, uint64_t *out, struct err *e)
{
	uint64_t low = 0, high = ledger_size(l);
	int64_t at;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (!time_of(l, middle, &at, e))
			return false;
		if (at < time)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low;
	return true;
}

/* A number is an event's; all else is a time. */
static bool
find_bound(struct export *x, const char *name, uint64_t *out, struct err *e)
{
	struct span text = span_text(option_text(x->in, name));
	uint64_t size = ledger_size(x->h.ledger);
	int64_t time;

	if (text_u64(text, out)) {
		*out = *out < size ? *out : size;
		return true;
	}
	if (text_untime(text, &time))
		return find_time(x->h.ledger, time, out, e);
	return err_set(e, ERR_USAGE, "--%s '%s' is no event's number and no "
	    "time: write 1200, 2026-01-31 or 2026-01-31T12:00:00Z (UTC)",
	    name, text_show(text).text);
}

static bool
find_period(struct export *x, struct err *e)
{
	x->from = 0;
	x->to = ledger_size(x->h.ledger);
	return (!option_given(x->in, "since") || find_bound(x, "since",
	    &x->from, e)) && (!option_given(x->in, "until") ||
	    find_bound(x, "until", &x->to, e));
}

/* ---- the folder */

/* Only what is proven by a key that somebody named goes to others. */
static bool
read_ledger(struct export *x, struct err *e)
{
	const char *key;

	if (!history_open(x->in, &x->h, e) || !history_read(&x->h, e))
		return false;
	return x->h.trust.log_key.len > 0 || option_need(x->in, "log-key",
	    &key, e) || err_hint(e, "or pin it in "
	    "~/.config/tagseal/trust.yaml");
}

/* No view that was there is asked: this one is of what was verified now. */
static bool
make_view(struct export *x, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 || close(fd) != 0)
		return err_errno(e, ERR_SYSTEM_WRITE, "%s", path);
	return view_fill(path, NULL, x->h.ledger, x->h.fold, &x->h.trust,
	    e) && view_open(path, &x->view, e);
}

static bool
write_all(struct export *x, struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 };

	buf_put(&path, buf_span(&x->folder.path));
	buf_text(&path, "/" VIEW);
	if (!make_view(x, buf_cstr(&path), e) || !export_events(x, e) ||
	    !export_tables(x, e) || !export_spdx(x, e) ||
	    !export_history(x, e) || !export_readme(x, e))
		return false;
	view_free(TAKE(x->view));
	if (unlink(buf_cstr(&path)) != 0)
		return err_errno(e, ERR_SYSTEM_WRITE, "%s", buf_cstr(&path));
	return export_folder_end(&x->folder, e);
}

/* ---- the answer */

static struct json *
answer_of(const struct export *x)
{
	struct json *v = json_map();
	struct merkle_hash root = ledger_root(x->h.ledger,
	    ledger_size(x->h.ledger));

	json_put_text(v, "folder", x->folder.target);
	json_put_int(v, "from", (int64_t)x->from);
	json_put_int(v, "to", (int64_t)x->to);
	json_put_int(v, "events", (int64_t)(x->to - x->from));
	json_put_int(v, "requests", (int64_t)x->requests);
	json_put_int(v, "receipts", (int64_t)x->receipts);
	json_put_int(v, "without_receipt", (int64_t)x->uncovered);
	json_put_int(v, "evidence", (int64_t)x->evidence);
	json_put_int(v, "anchors", (int64_t)x->anchors);
	json_put_int(v, "ledger_events",
	    (int64_t)ledger_size(x->h.ledger));
	json_put_hex(v, "ledger_root_sha256", merkle_span(&root));
	json_put_hex(v, "sums_sha256", digest_span(&x->folder.all));
	return v;
}

static int
answer(const struct export *x)
{
	if (x->in->json) {
		cli_answer(answer_of(x));
		return EXIT_YES;
	}
	printf("events %" PRIu64 " to %" PRIu64 ": %" PRIu64 " requests, %"
	    PRIu64 " receipts, %" PRIu64 " files of evidence\n", x->from,
	    x->to - 1, x->requests, x->receipts, x->evidence);
	if (x->uncovered > 0)
		printf("%" PRIu64 " files signed have no receipt yet: no "
		    "checkpoint covers them\n", x->uncovered);
	printf("SHA256SUMS  %s\n", digest_hex(&x->folder.all).text);
	return EXIT_YES;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(export_done) struct export x = { .in = in };

	if (!export_folder_begin(in->arguments[0], &x.folder, e) ||
	    !read_ledger(&x, e) || !find_period(&x, e))
		return -1;
	if (x.from >= x.to) {
		fprintf(stderr, "no event is in this period: nothing was "
		    "written\n");
		return EXIT_NOTHING;
	}
	return write_all(&x, e) ? answer(&x) : -1;
}

static const struct option_row options[] = {
	{ "since", 0, "TIME|N", "from this time (UTC) or event on (default: "
	    "the first)", false },
	{ "until", 0, "TIME|N", "before this time or event (default: up to the "
	    "last)", false },
	HISTORY_OPTIONS,
	{ "config", 0, "DIR", "a clone of the config repo, whose commits in "
	    "force go with it", false },
	{ "source", 0, "DIR", "a clone of a project's repository, whose "
	    "branches go with it", true },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_export_command = {
	.name = "audit export",
	.summary = "write a period of the ledger as a folder that proves it",
	.arguments = "FOLDER",
	.least = 1,
	.most = 1,
	.options = options,
	.details = "Verifies the whole ledger of a clone, and writes what an "
	    "auditor needs who has neither\nthe engine nor a network: the "
	    "events of the period with the evidence that they cite,\n"
	    "tables of requests, approvals, key uses, files and alarms, a "
	    "receipt for each file that\nwas signed, an SPDX document, the "
	    "ledger itself as a Git bundle, and a README.md with\nthe commands "
	    "that check it all. SHA256SUMS has every other file.\n\n"
	    "The folder appears when all of it is there; one that exists is "
	    "left alone. Exit code 3\nwhen no event is in the period.",
	.example = "tagseal audit export 2026 --since 2026-01-01 --until "
	    "2027-01-01 --repo ledger.git \\\n"
	    "    --log-key ledger.vkey --config config.git",
	.json = true,
	.run = run,
};
