/* audit - see audit.h. */
#include "base/text.h"
#include "ledger/audit.h"

bool
audit_run(struct repository *repo, const struct object_id *head,
    const struct ledger_trust *trust, struct audit *out, struct err *e)
{
	CLEANUP(fold_done) struct fold *f = fold_new();
	struct ledger_reader reader = { fold_event, f };
	CLEANUP(ledger_done) struct ledger *l = ledger_new(repo, trust,
	    &reader);
	ledger_threads(l, 0);
	bool good = ledger_advance(l, head, e);

	*out = (struct audit){
		.commits = ledger_commits(l),
		.size = ledger_size(l),
		.root = ledger_root(l, ledger_size(l)),
		.covered = ledger_checkpoint_size(l),
		.anchored = ledger_anchored(l),
		.key_uses = fold_key_uses(f),
		.open_intents = fold_open_intents(f),
		.open_alarms = fold_open_alarms(f),
		.trusted = trust->log_key.len > 0,
	};
	return good;
}

static void
put_anchored(struct json *v, const struct ledger_anchored *s)
{
	char time[TEXT_TIME_SIZE];

	json_put_int(v, "stamped", (int64_t)s->stamped);
	json_put_int(v, "cosigned", (int64_t)s->cosigned);
	if (s->stamped == 0)
		return;
	text_time(s->time, time);
	json_put_text(v, "stamped_at", time);
}

struct json *
audit_json(const struct audit *a)
{
	struct json *v = json_map();

	json_put_int(v, "commits", (int64_t)a->commits);
	json_put_int(v, "events", (int64_t)a->size);
	json_put_hex(v, "root_sha256", merkle_span(&a->root));
	json_put_int(v, "covered", (int64_t)a->covered);
	put_anchored(v, &a->anchored);
	json_put_int(v, "key_uses", (int64_t)a->key_uses);
	json_put_int(v, "open_intents", (int64_t)a->open_intents);
	json_put_int(v, "open_alarms", (int64_t)a->open_alarms);
	json_put_bool(v, "trusted", a->trusted);
	return v;
}
