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

void
finding_print(const struct json *v, const struct palette *p, int indent)
{
	const struct json *error = json_member(v, "error");
	const struct json *stamp = json_member(v, "timestamp");
	bool good = json_truth(json_member(v, "good"));

	printf("%*s%s%s signature%s: ", indent, "", good ? p->green : p->red,
	    good ? "good" : "bad", p->plain);
	cli_show(json_span(json_member(v, "method")));
	printf(", ");
	cli_show(json_span(json_member(v, "digest")));
	if (json_member(v, "nested") != NULL)
		printf(", nested");
	putchar('\n');
	cli_member(error, "code", "error", indent + 2);
	cli_member(error, "text", "", indent + 2);
	for (size_t i = 0; i < COUNT(rows); i++)
		cli_member(v, rows[i].member, rows[i].title, indent + 2);
	cli_member(stamp, "time", "timestamp", indent + 2);
	cli_member(stamp, "authority", "authority", indent + 2);
	if (stamp == NULL && good)
		printf("%*s%-*s%s\n", indent + 2, "", CLI_TITLE, "timestamp",
		    "none: good only while its certificate is valid");
}
