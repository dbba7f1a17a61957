/*
 * forge - private to courier/: what the HTTP APIs of Git hosts want besides a
 * plain GET: their own header for a token, and the type of what is asked for.
 */
#ifndef COURIER_FORGE_H
#define COURIER_FORGE_H

#include "net/http.h"
#include "net/url.h"

/* forge_rules adds what a forge, by its name, wants for a URL; empty: none. */
void	forge_rules(struct span name, const struct url *, struct http_rules *);

#endif
