/* webhook - a notice as JSON, and what is signed of it: see notify.h. */
#include "notify/notify.h"

#define VERSION	1	/* of the body: a member may come, none goes */

static struct json *
readers_list(const struct notice_text *t)
{
	struct json *list = json_list();

	for (size_t i = 0; i < t->reader_count; i++) {
		struct json *one = json_map();

		json_put_span(one, "person", t->readers[i].person);
		json_put_span(one, "name", t->readers[i].name);
		json_put_span(one, "email", t->readers[i].email);
		json_add(list, one);
	}
	return list;
}

void
webhook_render(const struct notice_text *t, struct buf *out)
{
	static const char *const members[] = { "type", "at", "n" };
	CLEANUP(json_done) struct json *v = json_map();

	json_put_int(v, "v", VERSION);
	json_put_span(v, "id", t->id);
	for (size_t i = 0; i < COUNT(members); i++)
		json_put(v, members[i],
		    json_clone(json_member(t->event, members[i])));
	json_put_span(v, "organization", t->organization);
	json_put_span(v, "ledger", t->ledger);
	json_put_span(v, "summary", t->summary);
	json_put(v, "readers", readers_list(t));
	json_put(v, "event", json_clone(t->event));
	json_write(v, out);
}

void
webhook_signed(struct span id, uint64_t seconds, struct span body,
    struct buf *out)
{
	buf_put(out, id);
	buf_printf(out, ".%llu.", (unsigned long long)seconds);
	buf_put(out, body);
}
