/* audit_rebuild - the view of a ledger made anew, and compared. */
#include "cli/job.h"
#include "cli/views.h"

#define SHOWN	20	/* rows that are printed */

struct telling {
	bool			 json;
	struct json		*list;
	uint64_t		 count;
	const struct palette	*p;
};

static void
tell_difference(void *telling, const char *table, const char *where,
    const struct json *row)
{
	struct telling *t = telling;
	CLEANUP(buf_done) struct buf text = { 0 };
	bool ledger = where[0] == 'f';

	if (t->count++ >= SHOWN)
		return;
	json_write(row, &text);
	if (!t->json) {
		printf("%s%s%s %s: ", t->p->yellow, ledger ? "missing" :
		    "false", t->p->plain, table);
		cli_show(buf_span(&text));
		putchar('\n');
		return;
	}
	struct json *v = json_map(), *copy = NULL;
	struct err unused;
	json_put_text(v, "table", table);
	json_put_text(v, "is", ledger ? "missing" : "false");
	if (json_parse(buf_span(&text), &copy, &unused))
		json_put(v, "row", copy);
	json_add(t->list, v);
}

static bool
differs(const struct views_found *f)
{
	return f->there && (!f->readable || !f->follows ||
	    f->differences > 0);
}

static const char *
verdict(const struct views_found *f)
{
	if (!f->there)
		return "there was none";
	if (!f->readable)
		return "it was damaged";
	if (!f->follows)
		return "it was of another ledger";
	return f->differences > 0 ? "it differed" : "it was the same";
}

static void
print(const struct views *v, const struct views_found *f, bool compare,
    const struct telling *t)
{
	const struct view_state *s = view_state(v->view);

	if (t->count > SHOWN)
		printf("... and %llu more rows\n",
		    (unsigned long long)(t->count - SHOWN));
	printf("%smade anew%s: %llu events in ", t->p->green, t->p->plain,
	    (unsigned long long)s->size);
	cli_show(buf_span(&v->path));
	putchar('\n');
	if (!compare)
		return;
	printf("  compared: %s", verdict(f));
	if (f->there && f->readable && f->follows)
		printf(", %llu of its rows for %llu events", (unsigned long
		    long)f->differences, (unsigned long long)f->size);
	putchar('\n');
	if (f->there && !f->readable)
		printf("  %s\n", f->why.text);
}

static void
answer(const struct views *v, const struct views_found *f, bool compare,
    struct telling *t)
{
	const struct view_state *s = view_state(v->view);
	struct json *out = json_map();

	json_put_span(out, "view", buf_span(&v->path));
	json_put_int(out, "events", (int64_t)s->size);
	json_put_hex(out, "root_sha256", merkle_span(&s->root));
	if (compare) {
		json_put_text(out, "compared", verdict(f));
		json_put_int(out, "compared_events", (int64_t)f->size);
		json_put_int(out, "differences", (int64_t)f->differences);
		json_put(out, "rows", TAKE(t->list));
	}
	cli_answer(out);
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(views_done) struct views v = { 0 };
	CLEANUP(json_done) struct json *list = json_list();
	bool compare = option_given(in, "compare");
	struct palette p = palette_for(in->colour);
	struct telling t = { in->json, list, 0, &p };
	struct views_found found = { 0 };

	if (!views_rebuild(in, &v, compare, tell_difference, &t, &found, e))
		return -1;
	history_note(&v.h);
	list = NULL;
	if (in->json)
		answer(&v, &found, compare, &t);
	else
		print(&v, &found, compare, &t);
	json_release(t.list);
	if (!compare)
		return EXIT_YES;
	return !found.there ? EXIT_NOTHING : differs(&found) ? EXIT_NO :
	    EXIT_YES;
}

static const struct option_row options[] = {
	{ "compare", 0, NULL, "say what differed in the one that was there",
	    false },
	VIEWS_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_rebuild_command = {
	.name = "audit rebuild",
	.summary = "make the file anew that answers questions of the ledger",
	.arguments = "",
	.options = options,
	.details = "'audit log', 'audit find' and 'audit show' ask a SQLite "
	    "file, a view of the ledger. It is a\ncache: made of verified "
	    "events only, brought up to date when the ledger has grown, and "
	    "may\nbe deleted at any time. This verifies the whole ledger and "
	    "makes it anew. With --compare\nthe file that was there is held "
	    "against it: exit code 1 if it was not what the ledger\nsays, "
	    "3 if there was none.",
	.example = "tagseal audit rebuild --repo ledger.git --log-key "
	    "ledger.vkey\n"
	    "tagseal audit rebuild --repo ledger.git --compare --json",
	.json = true,
	.run = run,
};
