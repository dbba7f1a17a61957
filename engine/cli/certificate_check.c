/* certificate check - certificates against what public ones must be. */
#include "base/text.h"
#include "cli/certificate.h"
#include "cli/certificate_openpgp.h"
#include "cli/job.h"
#include "crypto/baseline.h"
#include "crypto/oid.h"
#include "sys/clock.h"

/* What is found in one file. */
struct found {
	const char		*path;
	struct certificate_bag	 bag;	/* the first one is judged */
	struct openpgp_certificate *openpgp;	/* instead of a bag, or NULL */
	bool			 stamps;
	size_t			 warnings;
	bool			 over;	/* not valid now */
};

static void
judge(struct found *f, int64_t now)
{
	const struct certificate *c = &f->bag.items[0];

	f->stamps = certificate_allows(c, oid_der(OID_EKU_TIME_STAMPING)) &&
	    !certificate_allows(c, oid_der(OID_EKU_CODE_SIGNING));
	f->over = now > c->not_after || now < c->not_before;
	for (size_t i = 0; i < baseline_count; i++)
		f->warnings += baseline_rows[i].broken(c, f->stamps);
}

/* An OpenPGP certificate keeps to no rules of authorities. */
static struct json *
openpgp_json(const struct found *f, int64_t now)
{
	struct json *v = pgp_json(f->openpgp, now);

	json_put_text(v, "file", f->path);
	json_put_text(v, "use", "openpgp");
	json_put_bool(v, "valid_now", !f->over);
	json_put(v, "warnings", json_list());
	return v;
}

static struct json *
found_json(const struct found *f, int64_t now)
{
	const struct certificate *c = &f->bag.items[0];
	struct json *v = json_map(), *all = json_list(), *list = json_list();

	json_put_text(v, "file", f->path);
	json_put_text(v, "use", f->stamps ? "time-stamping" : "code-signing");
	json_put_bool(v, "valid_now", !f->over);
	for (size_t i = 0; i < f->bag.count; i++)
		json_add(all, certificate_json(&f->bag.items[i], now));
	json_put(v, "certificates", all);
	for (size_t i = 0; i < baseline_count; i++) {
		if (!baseline_rows[i].broken(c, f->stamps))
			continue;
		struct json *one = json_map();

		json_put_text(one, "rule", baseline_rows[i].rule);
		json_put_text(one, "says", baseline_rows[i].says);
		json_add(list, one);
	}
	json_put(v, "warnings", list);
	return v;
}

static void
found_print(const struct found *f, int64_t now)
{
	const struct certificate *c = &f->bag.items[0];

	printf("%s: for %s\n", f->path, f->stamps ? "timestamps" :
	    "code signing");
	for (size_t i = 0; i < f->bag.count; i++) {
		printf("  ");
		certificate_line(&f->bag.items[i], now);
	}
	if (now < c->not_before)
		printf("  it is not valid yet\n");
	for (size_t i = 0; i < baseline_count; i++)
		if (baseline_rows[i].broken(c, f->stamps))
			printf("  warning: %s (%s)\n", baseline_rows[i].says,
			    baseline_rows[i].rule);
}

static void
openpgp_print(const struct found *f, int64_t now)
{
	printf("%s: for OpenPGP\n", f->path);
	pgp_print(f->openpgp, now);
}

static bool
files_check(const struct invocation *in, struct arena *a, struct found *all,
    int64_t now, struct err *e)
{
	const char *config = option_text(in, "config");

	for (int i = 0; i < in->count; i++) {
		all[i] = (struct found){ .path = NULL };
		if (!certificate_declared(config == NULL ? "." : config,
		    in->arguments[i], a, &all[i].path, e) ||
		    !pgp_look(all[i].path, a, &all[i].openpgp, e))
			return false;
		if (all[i].openpgp != NULL) {
			all[i].over = pgp_over(all[i].openpgp, now);
			continue;
		}
		if (!certificate_load(all[i].path, a, &all[i].bag, e))
			return false;
		judge(&all[i], now);
	}
	return true;
}

static int
run_check(const struct invocation *in, struct err *e)
{
	CLEANUP(arena_done) struct arena *a = arena_new(CERTIFICATE_ARENA);
	struct found *all = ARENA_ARRAY(a, struct found, (size_t)in->count);
	struct json *list = in->json ? json_list() : NULL;
	int64_t now = clock_now();
	bool strict = option_given(in, "strict"), bad = false;

	if (all == NULL) {
		err_budget(e, a);
		return -1;
	}
	if (!files_check(in, a, all, now, e))
		return -1;
	for (int i = 0; i < in->count; i++) {
		bad = bad || all[i].over || (strict && all[i].warnings > 0);
		if (in->json)
			json_add(list, all[i].openpgp != NULL ?
			    openpgp_json(&all[i], now) :
			    found_json(&all[i], now));
		else if (all[i].openpgp != NULL)
			openpgp_print(&all[i], now);
		else
			found_print(&all[i], now);
	}
	if (in->json)
		cli_answer(list);
	return bad ? EXIT_NO : EXIT_YES;
}

static const struct option_row check_options[] = {
	{ "config", 0, "DIR", "a clone of the config repo (default: the "
	    "current folder)", false },
	{ "strict", 0, NULL, "a broken rule is exit code 1 too", false },
	{ NULL, 0, NULL, NULL, false },
};

const struct command certificate_check_command = {
	.name = "certificate check",
	.summary = "compare certificates with the rules for public ones",
	.arguments = "FILE|SLUG...",
	.least = 1,
	.most = -1,
	.options = check_options,
	.details = "Shows the days left of each certificate in a file (PEM, "
	    "DER, PKCS#7), and says where\nthe first one breaks a rule of the "
	    "CA/Browser Forum's Baseline Requirements for Code\nSigning "
	    "(CSBR 3.10.0). Certificates of an authority of one's own need not "
	    "keep to them.\nA SLUG (no dot, no slash) is the file that "
	    "certificates/SLUG.yaml of the config repo\nnames. Of an armored "
	    "OpenPGP certificate each signature of its own is checked, and its "
	    "keys\nare shown. Exit code 1: one is not valid now.",
	.example = "tagseal certificate check agent-release "
	    "certificates/*.pem\n"
	    "tagseal certificate check --strict --json release.pem",
	.json = true,
	.run = run_check,
};
