/*
 * main - the main of the role "signer".
 */
#ifndef SIGNER_MAIN_H
#define SIGNER_MAIN_H

/* signer_main serves the channel at PROCESS_CHANNEL until it is closed. */
int	signer_main(int argc, char **argv);

#endif
