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

#endif
