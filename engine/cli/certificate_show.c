/* certificate_show - see certificate.h: options, files, and what is shown. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/certificate.h"
#include "cli/job.h"
#include "crypto/baseline.h"
#include "sys/clock.h"
#include "sys/file.h"

#define MINUTE	60000	/* ms */

static const struct {
	const char		*name;
	enum certificate_use	 use;
} uses[] = {
	{ "code-signing", CERTIFICATE_CODE_SIGNING },
	{ "time-stamping", CERTIFICATE_TIME_STAMPING },
	{ "authority", CERTIFICATE_AUTHORITY },
};

bool
certificate_use_read(const struct invocation *in, enum certificate_use *out,
    struct err *e)
{
	const char *text = option_text(in, "use");

	*out = CERTIFICATE_CODE_SIGNING;
	if (text == NULL)
		return true;
	for (size_t i = 0; i < COUNT(uses); i++)
		if (strcmp(uses[i].name, text) == 0) {
			*out = uses[i].use;
			return true;
		}
	return err_set(e, ERR_USAGE, "--use '%s' is none of code-signing, "
	    "time-stamping, authority", text_show(span_text(text)).text);
}

bool
certificate_dates_read(const struct invocation *in,
    struct certificate_terms *t, struct err *e)
{
	const char *text = option_text(in, "days");
	uint64_t days = 365;

	if (text != NULL && (!text_u64(span_text(text), &days) || days == 0 ||
	    days > 36500))
		return err_set(e, ERR_USAGE, "--days '%s' is no number of days",
		    text_show(span_text(text)).text);
	if (days > BASELINE_DAYS && t->use == CERTIFICATE_CODE_SIGNING)
		fprintf(stderr, "note: public authorities issue code-signing "
		    "certificates for %d days at most\n", BASELINE_DAYS);
	t->not_before = clock_now() / 1000 * 1000 - MINUTE;
	t->not_after = t->not_before + (int64_t)days * CERTIFICATE_DAY;
	return true;
}

bool
certificate_load(const char *path, struct arena *a,
    struct certificate_bag *out, struct err *e)
{
	CLEANUP(buf_done) struct buf b = { 0 };
	struct span kept;

	if (!file_load(path, LIMIT_BAG, &b, e))
		return false;
	if (!arena_copy(a, buf_span(&b), &kept))
		return err_budget(e, a);
	return bag_read(kept, a, out, e) || err_at(e, "%s", path);
}

int64_t
certificate_days(const struct certificate *c, int64_t now)
{
	int64_t left = c->not_after - now;

	return left >= 0 ? left / CERTIFICATE_DAY :
	    -1 - (-left - 1) / CERTIFICATE_DAY;
}

struct json *
certificate_json(const struct certificate *c, int64_t now)
{
	struct json *v = json_map();
	char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE];

	text_time(c->not_before, from);
	text_time(c->not_after, to);
	json_put_span(v, "subject", c->subject);
	json_put_span(v, "issuer", c->issuer);
	json_put_hex(v, "serial", c->serial);
	json_put_hex(v, "sha256", digest_span(&c->thumbprint));
	json_put_text(v, "not_before", from);
	json_put_text(v, "not_after", to);
	json_put_int(v, "days_left", certificate_days(c, now));
	return v;
}

void
certificate_line(const struct certificate *c, int64_t now)
{
	char to[TEXT_TIME_SIZE];
	int64_t days = certificate_days(c, now);

	text_time(c->not_after, to);
	cli_show(c->subject);
	if (days >= 0)
		printf(": until %.10s, %lld days left\n", to, (long long)days);
	else
		printf(": ran out on %.10s\n", to);
}
