/*
 * courier - the process with the network: it carries Git objects, artifacts,
 * timestamps and results, and decides nothing.
 *
 * It serves the requests of wire/courier.h, one at a time, from whoever its
 * starter connects it with. What it may touch stands in its settings; the
 * sandbox holds it to them. A request that fails is answered and forgotten.
 *
 * Includes: base, sys, wire, crypto, git, net, notify.
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

/*
 * courier_main is the main of the role "courier": "@courier" in a team,
 * "@courier local" for one asker (wire/courier.h says what it is given).
 */
int	courier_main(int argc, char **argv);

#endif
