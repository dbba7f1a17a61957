/*
 * replay_engines - who may write the ledger, once more: the files of the
 * config commit in force say so (see declare.h). Others tell what such files
 * say, too: what they share stands here.
 */
#include "base/text.h"
#include "judge/replay_state.h"

/* What tagseal.yaml says of an engine; NULL: nothing, and that is noted. */
static const struct ledger_engine_config *
config_engine(struct replay *r, struct span id)
{
	const struct ledger_config *l =
	    &chain_config(r->chain)->organization.ledger;

	for (size_t i = 0; i < l->engines.count; i++)
		if (span_eq(l->engines.items[i].id, id))
			return &l->engines.items[i];
	replay_note(r, REPLAY_DIFFERENT, "tagseal.yaml names no engine '%s'",
	    text_show(id).text);
	return NULL;
}

bool
replay_rests(struct replay *r, const struct event *ev)
{
	if (!replay_in_force(r, ev))
		return false;
	if (span_is(event_text(ev, "commit_id"),
	    object_id_hex(chain_commit(r->chain)).text))
		return true;
	replay_note(r, REPLAY_DIFFERENT, "it cites another commit than the "
	    "one in force");
	return false;
}

struct comparison {
	struct replay		*replay;
	const struct event	*event;
};

static void
value_show(const struct json *v, struct buf *out)
{
	if (json_kind(v) == JSON_KIND_INTEGER)
		buf_printf(out, "%lld", (long long)json_integer_of(v));
	else
		buf_put(out, json_span(v));
}

static bool
member_compare(void *arg, const char *key, const struct json *v,
    struct err *e)
{
	const struct comparison *c = arg;
	CLEANUP(buf_done) struct buf then = { 0 }, now = { 0 };

	(void)e;
	value_show(json_member(c->event->json, key), &then);
	value_show(v, &now);
	if (!span_eq(buf_span(&then), buf_span(&now)))
		replay_note(c->replay, REPLAY_DIFFERENT, "made again, its %s "
		    "is %s", key, text_show(buf_span(&now)).text);
	return true;
}

bool
replay_same(struct replay *r, const struct event *ev,
    const struct json *again, struct err *e)
{
	struct comparison c = { r, ev };

	return json_each(again, member_compare, &c, e);
}

static bool
key_compare(struct replay *r, const struct event *ev, struct span slug,
    struct err *e)
{
	const struct certificate *c = config_certificate(
	    chain_config(r->chain), slug);
	CLEANUP(buf_done) struct buf line = { 0 };
	struct ssh_key key;
	struct err why;

	if (!ssh_key_parse_line(r->scratch, c->public, &key, &why))
		return replay_trouble(r, &why, e);
	ssh_key_line(&key, "", &line);
	if (!span_eq(buf_span(&line), event_text(ev, "commit_key")))
		replay_note(r, REPLAY_DIFFERENT, "%s has another key",
		    text_show(slug).text);
	return true;
}

bool
replay_declared(struct replay *r, const struct event *ev, struct err *e)
{
	const struct ledger_engine_config *it;

	if (!replay_rests(r, ev))
		return true;
	it = config_engine(r, event_text(ev, "declared"));
	if (it == NULL)
		return true;
	if (it->retired)
		replay_note(r, REPLAY_DIFFERENT, "tagseal.yaml has retired "
		    "it");
	if (!span_eq(it->commits, event_text(ev, "certificate")))
		replay_note(r, REPLAY_DIFFERENT, "tagseal.yaml names "
		    "certificate %s for it", text_show(it->commits).text);
	return key_compare(r, ev, it->commits, e);
}

bool
replay_retired(struct replay *r, const struct event *ev, struct err *e)
{
	const struct ledger_engine_config *it;

	(void)e;
	if (!replay_rests(r, ev))
		return true;
	it = config_engine(r, event_text(ev, "retired"));
	if (it != NULL && !it->retired)
		replay_note(r, REPLAY_DIFFERENT, "tagseal.yaml has not retired "
		    "it");
	return true;
}
