// GNU readline and its history library. Its settings are global C variables, which Swift 6 rightly
// refuses to touch; the few that are needed are set by the functions here.
#ifndef ADAPT_CREADLINE_H
#define ADAPT_CREADLINE_H
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <readline/readline.h>
#include <readline/history.h>

/// Prepares editing on `input` with the echo on `output`. Words end at white space and `=`, so that the
/// value in `key=value` completes on its own; file names with spaces are quoted. Signals are the caller's.
static inline void adapt_readline_prepare(
    FILE *input, FILE *output, rl_completion_func_t *complete) {
  rl_readline_name = "adapt";
  rl_instream = input;
  rl_outstream = output;
  rl_catch_signals = 0;
  rl_catch_sigwinch = 0;
  rl_attempted_completion_function = complete;
  rl_completer_word_break_characters = (char *)" \t\n=";
  rl_completer_quote_characters = "\"'";
  rl_filename_quote_characters = " \t\n\"'`$";
  rl_initialize();
  rl_variable_bind("enable-bracketed-paste", "on");
  rl_variable_bind("completion-ignore-case", "on");
  rl_variable_bind("show-all-if-ambiguous", "on");
  rl_variable_bind("horizontal-scroll-mode", "off");
}

/// Forgets the line being edited and shows `mark` behind it, as after Ctrl-C.
static inline void adapt_readline_abandon(const char *mark) {
  rl_point = rl_end;
  rl_redisplay();
  fputs(mark, rl_outstream);
  fflush(rl_outstream);
  rl_free_line_state();
  rl_callback_sigcleanup();
  rl_replace_line("", 0);
  rl_point = rl_end = 0;
  rl_callback_handler_remove();
}

/// The characters before the word that is being completed, and the line's whole text.
static inline const char *adapt_readline_buffer(void) { return rl_line_buffer; }

/// No completion of file names after ours, and what follows a single match.
static inline void adapt_readline_completion(int over, int append) {
  rl_attempted_completion_over = over;
  rl_completion_append_character = append;
}

/// Columns of the terminal behind a descriptor, 0 when it has none.
static inline int adapt_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
#endif
