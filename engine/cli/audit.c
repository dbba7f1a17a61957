/* audit - proves that a ledger was not rewritten. */
#include <string.h>

#include "base/text.h"
#include "cli/history.h"
#include "ledger/audit.h"

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
	printf("  %llu uses of keys, each with its intent; %zu intents open\n",
	    (unsigned long long)a->key_uses, a->open_intents);
	printf("  the newest checkpoint covers %llu events\n",
	    (unsigned long long)a->covered);
	if (a->anchored.cosigned > 0)
		printf("  enough of your witnesses cosigned %llu events\n",
		    (unsigned long long)a->anchored.cosigned);
	print_stamped(&a->anchored);
	if (a->open_alarms > 0)
		printf("  %salarms that are open: %zu%s\n", p->yellow,
		    a->open_alarms, p->plain);
	printf("  next time: --at-least %llu:%s\n",
	    (unsigned long long)a->size, buf_cstr(&root));
}

/* What was good before the error tells how far the damage goes. */
static bool
failed(const struct audit *a, struct err *e)
{
	if (a->size > 0)
		err_hint(e, "events before %llu are sound; keep this clone as "
		    "evidence and compare with others",
		    (unsigned long long)a->size);
	return false;
}

static bool
audit_by_key(struct history *h, void *audit, struct err *e)
{
	return audit_run(h->repo, &h->head, &h->trust, audit, e);
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

static int
run(const struct invocation *in, struct err *e)
{
	CLEANUP(history_done) struct history h = { 0 };
	struct palette p = palette_for(in->colour);
	struct audit a = { 0 };

	if (!history_open(in, &h, e) || !read_pin(in, &h.trust.pin, e))
		return -1;
	if (!history_try(&h, audit_by_key, &a, e)) {
		failed(&a, e);
		return -1;
	}
	if (!is_cosigned(&h, &a, e))
		return -1;
	history_note(&h);
	if (in->json)
		cli_answer(audit_json(&a));
	else
		print(&a, &p);
	return EXIT_YES;
}

static const struct option_row options[] = {
	HISTORY_OPTIONS,
	{ "at-least", 0, "SIZE:ROOT", "what an earlier audit saw: the ledger "
	    "may only have grown", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command audit_verify_command = {
	.name = "audit verify",
	.summary = "check the whole ledger of a clone, offline",
	.arguments = "",
	.options = options,
	.details = "Checks the chain of commits and their signatures, the "
	    "Merkle tree and its checkpoints,\nevery event's form and place, "
	    "and that each use of a key had its intent. It needs no\nnetwork "
	    "and no HSM. Exit code 6 means that something was rewritten.",
	.example = "git clone --bare https://git.acme.example/ledger.git\n"
	    "tagseal audit verify --repo ledger.git --log-key ledger.vkey",
	.json = true,
	.run = run,
};
