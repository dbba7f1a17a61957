/*
 * quorum - see quorum.h. Places and people are the two sides of a bipartite
 * graph; augmenting paths give a maximum matching (Kuhn's algorithm).
 */
#include <string.h>

#include "config/quorum.h"

#define EMPTY	SIZE_MAX

struct seating {
	const struct config		*config;
	const struct policy_approvals	*rules;
	const struct person *const	*people;
	size_t				 row[QUORUM_PLACES];	/* of a place */
	size_t				 taken[QUORUM_PLACES];	/* by whom */
	bool				 asked[QUORUM_PLACES];
	size_t				 places;
};

/* Seats a person; someone who sits there may move to another free place. */
static bool
seat(struct seating *s, size_t person)
{
	for (size_t i = 0; i < s->places; i++) {
		const struct quorum *row = &s->rules->quorum.items[s->row[i]];

		if (s->asked[i])
			continue;
		bool fits = false;
		for (size_t k = 0; k < row->of.count && !fits; k++)
			fits = principal_holds(s->config, row->of.items[k],
			    s->people[person]);
		if (!fits)
			continue;
		s->asked[i] = true;
		if (s->taken[i] == EMPTY || seat(s, s->taken[i])) {
			s->taken[i] = person;
			return true;
		}
	}
	return false;
}

static void
places_make(struct seating *s)
{
	for (size_t row = 0; row < s->rules->quorum.count; row++)
		for (uint64_t i = 0; i < s->rules->quorum.items[row].count &&
		    s->places < QUORUM_PLACES; i++) {
			s->row[s->places] = row;
			s->taken[s->places++] = EMPTY;
		}
}

bool
quorum_match(const struct config *c, const struct policy_approvals *rules,
    const struct person *const *people, size_t count,
    struct quorum_result *out)
{
	struct seating s = { .config = c, .rules = rules, .people = people };

	*out = (struct quorum_result){ .places = 0 };
	places_make(&s);
	for (size_t i = 0; i < count && out->filled < s.places; i++) {
		memset(s.asked, 0, sizeof(s.asked));
		out->filled += seat(&s, i);
	}
	for (size_t i = 0; i < s.places; i++)
		out->row_filled[s.row[i]] += s.taken[i] != EMPTY;
	out->places = s.places;
	return out->filled == out->places;
}
