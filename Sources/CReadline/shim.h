// GNU readline and its history library, with the FILE type that they need declared first.
#ifndef ADAPT_CREADLINE_H
#define ADAPT_CREADLINE_H
#include <stdio.h>
#include <readline/readline.h>
#include <readline/history.h>
#endif
