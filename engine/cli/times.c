/* times - see times.h. */
#include <string.h>

#include "cli/repo.h"
#include "cli/times.h"
#include "git/history.h"

static bool
take(void *arg, const struct event *ev, struct err *e)
{
	struct times *t = arg;

	if (t->genesis == 0) {
		t->genesis = ev->at;
		buf_put(&t->config_repo, event_text(ev, "config_repo"));
	}
	if (!t->rooted && strcmp(ev->type->name, "config.accepted") == 0)
		t->rooted = object_id_parse(event_text(ev, "commit_id"),
		    &t->root);
	return memory_event(&t->memory, ev, e);
}

static bool
read_by_key(struct history *h, void *arg, struct err *e)
{
	struct times *t = arg;

	ledger_free(TAKE(h->ledger));
	memory_done(&t->memory);
	memory_init(&t->memory);
	buf_done(&t->config_repo);
	t->config_repo = (struct buf){ 0 };
	t->genesis = 0;
	t->rooted = false;
	h->ledger = ledger_new(h->repo, &h->trust,
	    &(struct ledger_reader){ take, t });
	return ledger_advance(h->ledger, &h->head, e);
}

bool
times_read(const struct invocation *in, const char *folder,
    const char *trust_file, struct repository *commits, struct times *t,
    struct err *e)
{
	t->commits = commits;
	t->h.trust_file = trust_file;
	return (history_open_at(in, &t->h, folder, e) &&
	    history_try(&t->h, read_by_key, t, e)) ||
	    err_at(e, "ledger in %s", folder);
}

void
times_done(struct times *t)
{
	history_done(&t->h);
	memory_done(&t->memory);
	buf_done(&t->config_repo);
}

int64_t
times_seen(void *times, const struct object_id *id)
{
	struct times *t = times;
	int64_t seen = memory_seen(&t->memory, id);
	struct object_id commit;
	bool older = false;
	struct err unused;

	if (seen != 0 || !t->rooted)
		return seen;
	if (!repo_commit(t->commits, object_id_hex(id).text, &commit,
	    &unused) || !history_reaches(t->commits, &t->root, &commit, &older,
	    &unused))
		return 0;
	return older ? t->genesis : 0;
}

const char *
times_verdict(const struct times *t, const struct object_id *id)
{
	static const char *const words[] = { "accepted", "refused" };

	for (size_t i = 0; i < COUNT(words); i++) {
		CLEANUP(buf_done) struct buf what = { 0 };

		buf_printf(&what, "config.%s %s", words[i],
		    object_id_hex(id).text);
		if (memory_said(&t->memory, buf_span(&what)))
			return words[i];
	}
	return NULL;
}
