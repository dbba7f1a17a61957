/* plan_certificate - which certificate signs, and what its rules say. */
#include "base/text.h"
#include "cli/plan.h"

#define MINUTES	60		/* of an hour */

static const char *const day_names[] = {
	"monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	"sunday",
};

/* "08:30", as the file has it. */
static const char *
clock_text(uint64_t minutes, char out[8])
{
	snprintf(out, 8, "%02u:%02u", (unsigned)(minutes / MINUTES % 100),
	    (unsigned)(minutes % MINUTES));
	return out;
}

static bool
is_day(const struct certificate_hours *h, unsigned day)
{
	return h->days == 0 || (h->days & 1u << day) != 0;
}

/* ---- for people ---- */

static void
print_list(const char *what, const struct text_list *list)
{
	if (list->count == 0)
		return;
	printf("         %s:", what);
	for (size_t i = 0; i < list->count; i++)
		printf("%s %s", i == 0 ? "" : ",",
		    text_show(list->items[i]).text);
	printf("\n");
}

static void
print_hours(const struct certificate_hours *h)
{
	char from[8], to[8];

	printf("         hours:");
	for (unsigned i = 0; i < COUNT(day_names); i++)
		if (h->days != 0 && is_day(h, i))
			printf(" %s", day_names[i]);
	printf("%s %s to %s UTC\n", h->days == 0 ? " every day" : "",
	    clock_text(h->from, from), clock_text(h->to, to));
}

static void
print_rules(const struct certificate_rules *rules)
{
	if (rules->approvals > 0)
		printf("         approvals: at least %llu\n",
		    (unsigned long long)rules->approvals);
	if (rules->minimum_key_size > 0)
		printf("         key: at least %llu bits\n",
		    (unsigned long long)rules->minimum_key_size);
	print_list("formats", &rules->formats);
	print_list("projects", &rules->projects);
	for (size_t i = 0; i < rules->hours.count; i++)
		print_hours(&rules->hours.items[i]);
	if (rules->signatures_per_day > 0)
		printf("         a day (UTC): at most %llu signatures\n",
		    (unsigned long long)rules->signatures_per_day);
}

void
plan_certificate_print(const struct certificate *x, int64_t now)
{
	char at[TEXT_TIME_SIZE];

	printf("  with   certificate %s (%s, %s, %s)\n",
	    text_show(x->slug).text, certificate_kind_name(x->kind),
	    purpose_name(x->purpose), certificate_state_name(x->state));
	print_rules(&x->rules);
	if (certificate_opens(x, now) > now) {
		text_time(certificate_opens(x, now), at);
		printf("         not now: its hours begin at %s\n", at);
	}
	if (x->successor.at.file == NULL)
		return;
	text_time(x->successor.from, at);
	printf("         from %s on: certificate %s\n", at,
	    text_show(x->successor.certificate).text);
}

/* ---- for programs ---- */

static struct json *
texts(const struct text_list *list)
{
	struct json *v = json_list();

	for (size_t i = 0; i < list->count; i++)
		json_add(v, json_text(list->items[i]));
	return v;
}

static struct json *
hours(const struct certificate_hours *h)
{
	struct json *v = json_map(), *days = json_list();
	char text[8];

	for (unsigned i = 0; i < COUNT(day_names); i++)
		if (is_day(h, i))
			json_add(days, json_text(span_text(day_names[i])));
	json_put(v, "days", days);
	json_put_text(v, "from", clock_text(h->from, text));
	json_put_text(v, "to", clock_text(h->to, text));
	return v;
}

/* Only what its file says: no rule, no member. */
static struct json *
rules_json(const struct certificate_rules *rules)
{
	struct json *v = json_map(), *list = json_list();

	if (rules->approvals > 0)
		json_put_int(v, "approvals", (int64_t)rules->approvals);
	if (rules->minimum_key_size > 0)
		json_put_int(v, "minimum_key_size",
		    (int64_t)rules->minimum_key_size);
	if (rules->signatures_per_day > 0)
		json_put_int(v, "signatures_per_day",
		    (int64_t)rules->signatures_per_day);
	if (rules->formats.count > 0)
		json_put(v, "formats", texts(&rules->formats));
	if (rules->projects.count > 0)
		json_put(v, "projects", texts(&rules->projects));
	for (size_t i = 0; i < rules->hours.count; i++)
		json_add(list, hours(&rules->hours.items[i]));
	json_put(v, "hours", list);
	return v;
}

struct json *
plan_certificate_json(const struct certificate *x, int64_t now)
{
	struct json *v = json_map(), *next;

	json_put_span(v, "slug", x->slug);
	json_put_text(v, "kind", certificate_kind_name(x->kind));
	json_put_text(v, "purpose", purpose_name(x->purpose));
	json_put_text(v, "state", certificate_state_name(x->state));
	json_put(v, "rules", rules_json(&x->rules));
	json_put_time(v, "opens", certificate_opens(x, now));
	if (x->successor.at.file == NULL)
		return v;
	next = json_map();
	json_put_span(next, "certificate", x->successor.certificate);
	json_put_time(next, "from", x->successor.from);
	json_put(v, "successor", next);
	return v;
}
