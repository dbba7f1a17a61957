/* notices - who is told of which events: what tagseal.yaml says of them. */
#include <string.h>

#include "artifact/glob.h"
#include "base/text.h"
#include "config/reading.h"
#include "ledger/events.h"

#define KINDS_MOST	256	/* types of events, and their families */
#define FAMILY_SIZE	32	/* "certificate.*" */

static bool
names(struct span glob, struct span type)
{
	return glob_match(glob, type, 0);
}

bool
notice_wants(const struct notice *n, struct span type)
{
	for (size_t i = 0; i < n->on.count; i++)
		if (names(n->on.items[i], type))
			return true;
	return false;
}

/* What somebody may have meant: all types, and "alarm.*" of each family. */
struct meant {
	const char	*list[KINDS_MOST + 1];
	char		 families[KINDS_MOST][FAMILY_SIZE];
};

static void
meant_fill(struct meant *m)
{
	size_t n = 0, families = 0;

	for (size_t i = 0; i < event_type_count && n + 1 < KINDS_MOST; i++) {
		const char *name = event_types[i].name;
		char *family = m->families[families++];

		m->list[n++] = name;
		snprintf(family, FAMILY_SIZE, "%.*s.*",
		    (int)strcspn(name, "."), name);
		m->list[n++] = family;
	}
	m->list[n] = NULL;
}

bool
set_event(struct reading *r, const struct config_key *key,
    const struct yaml_node *n, void *field)
{
	struct meant m;
	struct err e;

	(void)key;
	if (!glob_check(n->text, &e))
		return complain(r, n->at, ERR_CONFIG_EVENT, "%s", e.text);
	for (size_t i = 0; i < event_type_count; i++)
		if (names(n->text, span_text(event_types[i].name))) {
			*(struct span *)field = n->text;
			return true;
		}
	meant_fill(&m);
	const char *nearest = text_nearest(n->text, m.list);
	complain(r, n->at, ERR_CONFIG_EVENT, "no event of the ledger is "
	    "\"%s\"%s%s%s", text_show(n->text).text, nearest == NULL ? "" :
	    "; the nearest is \"", nearest == NULL ? "" : nearest,
	    nearest == NULL ? "" : "\"");
	return nearest != NULL && complain_hint(r, "write \"%s\"", nearest);
}

void
check_organization(struct reading *r, const void *read)
{
	const struct organization *o = read;

	if (o->notify.count > NOTICES_MOST)
		complain(r, o->at, ERR_CONFIG_VALUE, "more than %d entries of "
		    "\"notify\"", NOTICES_MOST);
	for (size_t i = 0; i < o->notify.count; i++)
		for (size_t k = 0; k < i; k++)
			if (span_eq(o->notify.items[i].webhook.url,
			    o->notify.items[k].webhook.url))
				complain(r, o->notify.items[i].webhook.at,
				    ERR_CONFIG_TWICE, "this webhook is entry "
				    "%zu too: name all of its events there",
				    k + 1);
}
