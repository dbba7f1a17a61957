/*
 * forge - see forge.h.
 *
 * Sources: GitHub's REST API, "Get a release asset" and "Download an artifact"
 * (the latter answers 415 to application/octet-stream); GitLab's REST API,
 * "Authentication"; Gitea's "API usage".
 */
#include "courier/forge.h"

static const struct {
	const char	*name;
	const char	*token_header;
	const char	*token_scheme;
} forges[] = {
	{ "github",	"Authorization",	"Bearer " },
	{ "gitlab",	"PRIVATE-TOKEN",	"" },
	{ "gitea",	"Authorization",	"token " },
};

/* Which form of a thing is asked for, where it has several. */
static const struct {
	const char	*name;
	const char	*part;		/* of the path */
	const char	*accept;
} forms[] = {
	{ "github", "/releases/assets/", "application/octet-stream" },
	{ "github", "/actions/artifacts/", "application/vnd.github+json" },
};

void
forge_rules(struct span name, const struct url *u, struct http_rules *rules)
{
	for (size_t i = 0; i < COUNT(forges); i++)
		if (span_is(name, forges[i].name)) {
			rules->token_header = forges[i].token_header;
			rules->token_scheme = forges[i].token_scheme;
		}
	for (size_t i = 0; i < COUNT(forms); i++)
		if (span_is(name, forms[i].name) && span_find(u->path,
		    SPAN_TEXT(forms[i].part)) != SIZE_MAX)
			rules->accept = forms[i].accept;
}
