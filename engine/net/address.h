/*
 * address - private to net/: which network addresses are nobody's business
 * from outside.
 *
 * A URL in a project's file must not make us talk to services of our own
 * network (server-side request forgery), whatever its host name resolves to.
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * address_private tells whether an address is not a public one: loopback,
 * private, link-local, shared, multicast, reserved (RFC 6890 and its
 * registries), also inside of IPv6. Other families are private.
 */
bool	address_private(const struct sockaddr *);

/*
 * address_private_name tells that of what a URL has for a host, as far as that
 * is plain without asking: an address in any spelling that resolvers take
 * (127.1, 0x7f000001), "localhost" and names below it.
 */
bool	address_private_name(const char *host);

#endif
