/* told - see told.h. */
#include "base/text.h"
#include "judge/told.h"

#define VERSION		1
#define PAUSE_FIRST	INT64_C(5000)		/* ms */
#define PAUSE_MOST	INT64_C(3600000)	/* ms */
#define DOUBLINGS	16

enum told_answer
told_answer(uint32_t status)
{
	if (status >= 200 && status < 300)
		return TOLD_TAKEN;
	return status == 408 || status == 429 || status >= 500 ? TOLD_LATER :
	    TOLD_REFUSED;
}

void
told_good(struct told *t)
{
	t->next++;
	t->tries = 0;
	t->since = t->due = 0;
	t->why = NULL;
}

int64_t
told_bad(struct told *t, const struct err_row *why, int64_t now,
    uint32_t retry_after, uint32_t chance)
{
	uint32_t n = t->tries < DOUBLINGS ? t->tries : DOUBLINGS;
	int64_t pause = PAUSE_FIRST << n;
	int64_t wanted = (int64_t)retry_after * 1000;

	if (t->tries == 0)
		t->since = now;
	if (t->tries < UINT32_MAX)
		t->tries++;
	t->why = why;
	pause = pause < PAUSE_MOST ? pause : PAUSE_MOST;
	pause -= (int64_t)(chance % (uint32_t)(pause / 4));
	wanted = wanted < PAUSE_MOST ? wanted : PAUSE_MOST;
	return pause > wanted ? pause : wanted;
}

bool
told_hopeless(const struct told *t, enum told_answer answer)
{
	return answer == TOLD_REFUSED && t->tries >= TOLD_TRIES;
}

struct json *
told_write(const struct told *t)
{
	struct json *v = json_map();
	char since[TEXT_TIME_SIZE];

	json_put_text(v, "url", t->url);
	json_put_int(v, "next", (int64_t)t->next);
	if (t->tries == 0)
		return v;
	text_time(t->since, since);
	json_put_int(v, "tries", t->tries);
	json_put_text(v, "since", since);
	if (t->why != NULL)
		json_put_text(v, "code", t->why->code);
	return v;
}

void
told_file(struct json *list, struct buf *out)
{
	CLEANUP(json_done) struct json *v = json_map();

	json_put_int(v, "v", VERSION);
	json_put(v, "webhooks", list);
	json_write(v, out);
	buf_u8(out, '\n');
}

bool
told_read(struct span text, struct json **out, struct err *e)
{
	struct err why;

	if (!json_parse(text, out, &why))
		return err_set(e, ERR_NOTICE_STATE, "%s", why.text);
	if (json_integer_of(json_member(*out, "v")) == VERSION &&
	    json_kind(json_member(*out, "webhooks")) == JSON_KIND_LIST)
		return true;
	json_release(TAKE(*out));
	return err_set(e, ERR_NOTICE_STATE, "it has no list of webhooks");
}

static bool
hook_read(const struct json *v, struct told *out)
{
	const struct json *next = json_member(v, "next");
	int64_t n = json_integer_of(next);
	int64_t tries = json_integer_of(json_member(v, "tries"));
	CLEANUP(buf_done) struct buf code = { 0 };

	if (json_kind(next) != JSON_KIND_INTEGER || n < 0 || tries < 0 ||
	    tries > UINT32_MAX)
		return false;
	buf_put(&code, json_span(json_member(v, "code")));
	out->next = (uint64_t)n;
	out->tries = (uint32_t)tries;
	out->why = err_find(buf_cstr(&code));
	if (!text_untime(json_span(json_member(v, "since")), &out->since))
		out->since = 0;
	return true;
}

bool
told_find(const struct json *file, struct span url, struct told *out)
{
	const struct json *list = json_member(file, "webhooks");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *v = json_item(list, i);

		if (span_eq(json_span(json_member(v, "url")), url))
			return hook_read(v, out);
	}
	return false;
}
