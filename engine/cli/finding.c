/* finding - see finding.h. */
#include "cli/finding.h"
#include "cli/job.h"

static const struct {
	const char	*member;
	const char	*title;
} rows[] = {
	{ "signer",		"signer" },
	{ "issuer",		"issuer" },
	{ "thumbprint",		"thumbprint" },
	{ "description",	"describes" },
	{ "description_url",	"url" },
};

/* From the signer's issuer up to the root. */
static void
chain_print(const struct json *v, int indent)
{
	const struct json *chain = json_member(v, "chain");

	for (size_t i = 1; i < json_count(chain); i++) {
		printf("%*s%-*s", indent, "", CLI_TITLE, i == 1 ? "chain" :
		    "");
		cli_show(json_span(json_item(chain, i)));
		putchar('\n');
	}
}

static void
stamp_print(const struct json *stamp, const char *title, int indent)
{
	cli_member(stamp, "time", title, indent);
	cli_member(stamp, "authority", "authority", indent);
	chain_print(stamp, indent);
}

static void
remarks_print(const struct json *v, const struct palette *p, int indent)
{
	const struct json *list = json_member(v, "remarks");

	for (size_t i = 0; i < json_count(list); i++) {
		printf("%*s%s%-*s%s", indent, "", p->yellow, CLI_TITLE,
		    "remark", p->plain);
		cli_show(json_span(json_member(json_item(list, i), "text")));
		putchar('\n');
	}
}

static void
extras_print(const struct json *v, const struct palette *p, int indent)
{
	const struct json *list = json_member(v, "unsigned");

	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *one = json_item(list, i);

		printf("%*s%s%-*s%s", indent, "", p->yellow, CLI_TITLE,
		    "nobody's", p->plain);
		cli_show(json_span(json_member(one, "kind")));
		putchar(' ');
		cli_show(json_span(json_member(one, "what")));
		printf(", %lld bytes\n", (long long)json_integer_of(
		    json_member(one, "size")));
	}
}

void
finding_print(const struct json *v, const struct palette *p, int indent)
{
	const struct json *error = json_member(v, "error");
	bool good = json_truth(json_member(v, "good"));

	printf("%*s%s%s signature%s: ", indent, "", good ? p->green : p->red,
	    good ? "good" : "bad", p->plain);
	cli_show(json_span(json_member(v, "method")));
	printf(", ");
	cli_show(json_span(json_member(v, "digest")));
	if (json_member(v, "nested") != NULL)
		printf(", nested %d",
		    (int)json_integer_of(json_member(v, "nested")));
	if (json_member(v, "page_hashes") != NULL)
		printf(", page hashes");
	putchar('\n');
	cli_member(error, "code", "error", indent + 2);
	cli_member(error, "text", "", indent + 2);
	for (size_t i = 0; i < COUNT(rows); i++)
		cli_member(v, rows[i].member, rows[i].title, indent + 2);
	chain_print(v, indent + 2);
	stamp_print(json_member(v, "timestamp"), "timestamp", indent + 2);
	stamp_print(json_member(v, "countersignature"), "and older",
	    indent + 2);
	if (good && json_member(v, "timestamp") == NULL)
		printf("%*s%-*s%s\n", indent + 2, "", CLI_TITLE, "timestamp",
		    "none: good only while its certificate is valid");
	remarks_print(v, p, indent + 2);
	extras_print(v, p, indent + 2);
}
