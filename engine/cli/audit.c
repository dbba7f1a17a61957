/* audit - proves that a ledger was not rewritten. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/cache.h"
#include "cli/decisions.h"
#include "cli/intents.h"
#include "cli/job.h"
#include "ledger/audit.h"
#include "sys/file.h"

/* "SIZE:ROOT", as an earlier audit printed it. */
static bool
read_pin(const struct invocation *in, struct ledger_pin *out, struct err *e)
{
	const char *text = option_text(in, "at-least");

	if (text == NULL)
		return true;
	struct span rest = span_text(text), size = { 0 };
	if (!span_split(&rest, ':', &size) || !text_u64(size, &out->size) ||
	    !text_unhex(rest, out->root.bytes, sizeof(out->root.bytes)))
		return err_set(e, ERR_USAGE, "--at-least '%s' is not SIZE:ROOT",
		    text_show(span_text(text)).text);
	return true;
}

static void
print_stamped(const struct ledger_anchored *s)
{
	char time[TEXT_TIME_SIZE];

	if (s->stamped == 0)
		return;
	text_time(s->time, time);
	printf("  timestamps cover %llu events, the newest is of %s\n",
	    (unsigned long long)s->stamped, time);
}

static void
print(const struct audit *a, const struct palette *p)
{
	CLEANUP(buf_done) struct buf root = { 0 };

	text_hex((struct span){ a->root.bytes, sizeof(a->root.bytes) }, &root);
	printf("%ssound%s: %llu events in %llu commits\n", p->green, p->plain,
	    (unsigned long long)a->size, (unsigned long long)a->commits);
	printf("  every commit signed by the engine, every event where it "
	    "belongs\n");
	printf("  %llu uses of keys, each as it was intended; %zu intents "
	    "open\n",
	    (unsigned long long)a->key_uses, a->open_intents);
	if (a->resumed > 0)
		printf("  %llu events were verified before\n",
		    (unsigned long long)a->resumed);
	printf("  the newest checkpoint covers %llu events\n",
	    (unsigned long long)a->covered);
	if (a->anchored.cosigned > 0)
		printf("  enough of your witnesses cosigned %llu events\n",
		    (unsigned long long)a->anchored.cosigned);
	print_stamped(&a->anchored);
	if (a->new_signers > 0)
		printf("  %ssigners that began to count anew: %llu%s\n",
		    p->yellow, (unsigned long long)a->new_signers, p->plain);
	if (a->open_alarms > 0)
		printf("  %salarms that are open: %zu%s\n", p->yellow,
		    a->open_alarms, p->plain);
	printf("  next time: --at-least %llu:%s\n",
	    (unsigned long long)a->size, buf_cstr(&root));
}

/* ---- what was verified before */

#define MEMORY_SIZE	(2 * GIB)	/* bytes of the file */

/* Empty: there is no folder for it, so nothing is kept. */
static bool
memory_path(const struct invocation *in, const struct history *h,
    struct buf *out, struct err *e)
{
	const char *path = option_text(in, "state");

	if (path == NULL)
		return !cache_there() || cache_path(in, h, "audit", "state",
		    out, e);
	buf_text(out, path);
	return true;
}

/* Only what nobody else could have written. */
static bool
memory_load(struct buf *path, struct buf *out, struct err *e)
{
	struct stat st;

	if (path->len == 0 || lstat(buf_cstr(path), &st) != 0)
		return true;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(e, ERR_AUDIT_STATE, "others may write to %s",
		    text_show(buf_span(path)).text);
	return file_load(buf_cstr(path), MEMORY_SIZE, out, e);
}

static bool
memory_save(struct buf *path, const struct audit_memory *m, struct err *e)
{
	struct span after = buf_span(&m->after);

	return path->len == 0 || span_eq(m->before, after) ||
	    file_replace_span(buf_cstr(path), after, FILE_PRIVATE, e);
}

/* ---- what is wrong */

#define SHOWN	50	/* faults that are printed */

static void
print_member(const struct json *fault, const char *member)
{
	const struct json *v = json_member(fault, member);

	if (v == NULL)
		return;
	if (json_kind(v) == JSON_KIND_INTEGER) {
		printf("    %-9s %lld\n", member,
		    (long long)json_integer_of(v));
		return;
	}
	printf("    %-9s ", member);
	cli_show(json_span(v));
	putchar('\n');
}

static void
print_fault(const struct json *fault, const struct palette *p)
{
	static const char *const members[] = { "event", "path", "commit",
	    "expected", "found" };

	printf("%s", p->red);
	cli_show(json_span(json_member(fault, "code")));
	printf("%s ", p->plain);
	cli_show(json_span(json_member(fault, "text")));
	putchar('\n');
	for (size_t i = 0; i < COUNT(members); i++)
		print_member(fault, members[i]);
}

/* What was good before the first fault tells how far the damage goes. */
static void
print_faults(const struct audit *a, const struct palette *p)
{
	CLEANUP(buf_done) struct buf root = { 0 };

	for (size_t i = 0; i < json_count(a->faults) && i < SHOWN; i++)
		print_fault(json_item(a->faults, i), p);
	if (a->fault_count > SHOWN)
		printf("... and %llu more\n",
		    (unsigned long long)a->fault_count - SHOWN);
	text_hex(merkle_span(&a->sound.root), &root);
	printf("%sunsound%s: %llu faults; sound up to %llu:%s, %llu commits\n",
	    p->red, p->plain, (unsigned long long)a->fault_count,
	    (unsigned long long)a->sound.size, buf_cstr(&root),
	    (unsigned long long)a->sound.commits);
}

/* The first fault is the error; the answer has all of them. */
static int
unsound(const struct invocation *in, const struct audit *a, struct err *e)
{
	struct palette p = palette_for(in->colour);

	if (a->sound.size > 0)
		err_hint(e, "events before %llu are sound; keep this clone as "
		    "evidence and compare with others",
		    (unsigned long long)a->sound.size);
	if (!in->json) {
		print_faults(a, &p);
		return -1;
	}
	struct json *v = audit_json(a);
	json_put_err(v, "error", e);
	cli_answer(v);
	return err_exit_code(e->what->kind);
}

struct auditing {
	struct audit		 audit;
	struct audit_memory	 memory;
};

static void
auditing_done(struct auditing *a)
{
	audit_done(&a->audit);
	buf_done(&a->memory.after);
}

static bool
audit_by_key(struct history *h, void *auditing, struct err *e)
{
	struct auditing *a = auditing;

	a->memory.after.len = 0;
	return audit_run(h->repo, &h->head, &h->trust, &a->memory, &a->audit,
	    e);
}

static bool
verify(const struct invocation *in, struct history *h, struct auditing *a,
    struct err *e)
{
	CLEANUP(buf_done) struct buf path = { 0 }, before = { 0 };

	if (!memory_path(in, h, &path, e) ||
	    (!option_given(in, "full") && !memory_load(&path, &before, e)))
		return false;
	a->memory.before = buf_span(&before);
	bool good = history_try(h, audit_by_key, a, e) &&
	    memory_save(&path, &a->memory, e);
	a->memory.before = (struct span){ NULL, 0 };
	return good;
}

/* Whoever pinned witnesses wants so many of them to have signed. */
static bool
is_cosigned(const struct history *h, const struct audit *a, struct err *e)
{
	return h->trust.quorum == 0 || a->anchored.cosigned > 0 ||
	    err_set(e, ERR_WITNESS_QUORUM, "no checkpoint of this ledger was "
	    "cosigned by %zu of the %zu witnesses pinned", h->trust.quorum,
	    h->trust.witness_count);
}

/* What is sound can still be a decision against the rules. */
static int
decide(const struct invocation *in, struct json *answer, struct err *e)
{
	CLEANUP(json_done) struct json *decisions = NULL;
	bool open = false;
	bool good = !option_given(in, "decisions") ||
	    decisions_make(in, &decisions, &open, e);

	if (decisions != NULL)
		json_put(answer, "decisions", TAKE(decisions));
	if (!good && in->json)
		json_put_err(answer, "error", e);
	if (in->json)
		cli_answer(answer);
	else
		json_release(answer);
	if (good)
		return EXIT_YES;
	return in->json ? err_exit_code(e->what->kind) : -1;
}

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = {
	    .trust_file = option_text(in, "trust") };
	CLEANUP(auditing_done) struct auditing a = { .audit.commits = 0 };
	struct palette p = palette_for(in->colour);

	if (!history_open(in, &h, e) || !read_pin(in, &h.trust.pin, e))
		return -1;
	if (!verify(in, &h, &a, e))
		return a.audit.fault_count > 0 ? unsound(in, &a.audit, e) : -1;
	if (!is_cosigned(&h, &a.audit, e))
		return -1;
	history_note(&h);
	intents_note(a.audit.open_since);
	if (!in->json)
		print(&a.audit, &p);
	return decide(in, in->json ? audit_json(&a.audit) : NULL, e);
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	{ "at-least", 0, "SIZE:ROOT", "what an earlier audit saw: the ledger "
	    "may only have grown", false },
	{ "state", 0, "FILE", "where it keeps what it verified (default: a "
	    "file for each clone, in ~/.cache/tagseal)", false },
	{ "full", 0, NULL, "verify all of it, also what was before", false },
	{ "decisions", 0, NULL, "make the engine's decisions again, too: see "
	    "tagseal audit decisions", false },
	DECISION_OPTIONS,
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_verify_command = {
	.name = "audit verify",
	.summary = "check the whole ledger of a clone, offline",
	.arguments = "",
	.options = options,
	.details = "Checks the chain of commits and their signatures, the "
	    "Merkle tree and its checkpoints,\nevery event's form and place, "
	    "and that each signature was intended, made and\naccounted for. It "
	    "needs no network and no HSM. All faults are listed, with commit, "
	    "event\nand what was expected. What was verified is kept in a "
	    "file, and the next call reads\nonly what is new; --full reads "
	    "all. Exit code 6 means that something was rewritten, or decided "
	    "against the rules.",
	.example = "git clone --bare https://git.acme.example/ledger.git\n"
	    "tagseal audit verify --repo ledger.git --log-key ledger.vkey",
	.json = true,
	.run = run,
};
