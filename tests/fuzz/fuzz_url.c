/* URLs: what is taken lies below itself and holds nothing that hides. */
#include <stdlib.h>
#include <string.h>

#include "net/git_ssh.h"
#include "net/url.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct ssh_url s;
	struct url u;
	struct err e;

	if (ssh_url_parse((struct span){ bytes, len }, &s, &e) &&
	    (s.user[0] == '-' || s.user[0] == '\0' || s.at.host[0] == '-' ||
	    s.at.host[0] == '\0' || s.at.port == 0 ||
	    !span_starts(s.at.path, "/") ||
	    span_find(s.at.path, SPAN_TEXT("'")) != SIZE_MAX))
		abort();
	if (!url_parse((struct span){ bytes, len }, &u, &e))
		return 0;
	if (!url_below(&u, &u) || u.host[0] == '\0' || u.port == 0 ||
	    strpbrk(u.host, "/@%?#\\ ") != NULL ||
	    span_find(u.path, SPAN_TEXT("/../")) != SIZE_MAX ||
	    span_find(u.path, SPAN_TEXT("//")) != SIZE_MAX)
		abort();
	return 0;
}
