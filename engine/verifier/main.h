/*
 * main - the main of the role "verifier".
 */
#ifndef VERIFIER_MAIN_H
#define VERIFIER_MAIN_H

/* verifier_main serves the channel at PROCESS_CHANNEL until it is closed. */
int	verifier_main(int argc, char **argv);

#endif
