#include "services/cli/report_pdf.h"

#include "services/cli/command.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { WORDS_MAX = 16, FOLDER_TEXT = 4200, LONGEST_MS = 60000 };

static const struct pdf_maker makers[] = {{"chromium", false},
                                          {"chromium-browser", false},
                                          {"google-chrome", false},
                                          {"rsvg-convert", true}};

static bool is_installed(const char *program) {
    char path[FOLDER_TEXT];
    for (const char *at = getenv("PATH"); at && *at;) {
        size_t length = strcspn(at, ":");
        int written = snprintf(path, sizeof path, "%.*s/%s", (int)length, at, program);
        if (length > 0 && written > 0 && (size_t)written < sizeof path && access(path, X_OK) == 0)
            return true;
        at += length;
        at += *at == ':';
    }
    return false;
}

const struct pdf_maker *pdf_maker(void) {
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        if (is_installed(makers[i].program))
            return &makers[i];
    }
    return NULL;
}

/* --- a folder of its own ---------------------------------------------------------------------- */

/* The program's input, and what a browser keeps while it runs. */
struct scratch {
    char folder[FOLDER_TEXT], input[FOLDER_TEXT + 20], output[FOLDER_TEXT + 20];
};

static bool open_scratch(struct scratch *s, const char *text, size_t length, bool picture) {
    const char *home = getenv("TMPDIR");
    (void)snprintf(s->folder, sizeof s->folder, "%.4000s/mindex-report-XXXXXX",
                   home && *home ? home : "/tmp");
    if (!mkdtemp(s->folder)) {
        *s->folder = '\0';
        return false;
    }
    (void)snprintf(s->input, sizeof s->input, "%s/in.%s", s->folder, picture ? "svg" : "html");
    (void)snprintf(s->output, sizeof s->output, "%s/out.pdf", s->folder);
    FILE *out = fopen(s->input, "wb");
    bool written = out && fwrite(text, 1, length, out) == length;
    return out && fclose(out) == 0 && written;
}

/* --- running it ------------------------------------------------------------------------------- */

static void kill_all(pid_t pid) {
    (void)kill(-pid, SIGKILL); /* a browser has processes of its own */
    (void)waitpid(pid, NULL, 0);
}

/* Whether it ended well within LONGEST_MS. */
static bool wait_for(pid_t pid) {
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    bool ended = end.fd >= 0 && poll(&end, 1, LONGEST_MS) == 1;
    if (end.fd >= 0)
        (void)close(end.fd);
    if (!ended) {
        kill_all(pid);
        return false;
    }
    int status;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Quietly, in a process group of its own. */
static bool run(char *const words[]) {
    posix_spawn_file_actions_t quiet;
    posix_spawnattr_t apart;
    pid_t pid;
    if (posix_spawn_file_actions_init(&quiet) != 0)
        return false;
    if (posix_spawnattr_init(&apart) != 0) {
        (void)posix_spawn_file_actions_destroy(&quiet);
        return false;
    }
    bool fine = posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0) == 0 &&
                posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawnattr_setflags(&apart, POSIX_SPAWN_SETPGROUP) == 0 &&
                posix_spawnp(&pid, words[0], &quiet, &apart, words, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&quiet);
    (void)posix_spawnattr_destroy(&apart);
    return fine && wait_for(pid);
}

static bool browse(const struct pdf_maker *maker, const struct scratch *s) {
    char profile[FOLDER_TEXT + 40], pdf[FOLDER_TEXT + 60], page[FOLDER_TEXT + 40];
    char *words[WORDS_MAX];
    size_t n = 0;
    (void)snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", s->folder);
    (void)snprintf(pdf, sizeof pdf, "--print-to-pdf=%s", s->output);
    (void)snprintf(page, sizeof page, "file://%s", s->input);
    words[n++] = (char *)maker->program;
    words[n++] = "--headless";
    words[n++] = "--disable-gpu";
    words[n++] = "--no-first-run";
    words[n++] = "--no-pdf-header-footer";
    words[n++] = profile;
    words[n++] = pdf;
    if (geteuid() == 0)
        words[n++] = "--no-sandbox"; /* without which it does not start for root */
    words[n++] = page;
    words[n] = NULL;
    return run(words);
}

static bool convert(const struct pdf_maker *maker, const struct scratch *s) {
    char *words[] = {(char *)maker->program, "-f", "pdf", "-o", (char *)s->output,
                     (char *)s->input,       NULL};
    return run(words);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void close_scratch(const struct scratch *s) {
    enum { OPEN_FOLDERS = 16 };
    if (*s->folder)
        (void)nftw(s->folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

/* --- the file --------------------------------------------------------------------------------- */

static bool copy(FILE *in, FILE *out) {
    char bytes[1 << 16];
    size_t n, all = 0;
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        if (fwrite(bytes, 1, n, out) != n)
            return false;
        all += n;
    }
    return ferror(in) == 0 && all > 0;
}

static int keep(const struct scratch *s, const struct pdf_maker *maker, const char *path) {
    char *partial = NULL;
    FILE *in = fopen(s->output, "rb");
    if (!in)
        return command_failed(EXIT_FAILED, "%s made no PDF", maker->program);
    FILE *out = asprintf(&partial, "%s.partial", path) < 0 ? NULL : fopen(partial, "wb");
    bool fine = out && copy(in, out);
    fine = out && fclose(out) == 0 && fine;
    fine = fine && rename(partial, path) == 0;
    int status = fine ? EXIT_OK : command_failed(EXIT_FAILED, "'%s' cannot be written: %m", path);
    if (!fine && out)
        (void)unlink(partial);
    free(partial);
    (void)fclose(in);
    return status;
}

int pdf_make(const struct pdf_maker *maker, const char *text, size_t length, const char *path) {
    struct scratch s = {0};
    int status;
    if (!open_scratch(&s, text, length, maker->picture))
        status = command_failed(EXIT_FAILED, "no file can be written in $TMPDIR or /tmp: %m");
    else if (!(maker->picture ? convert : browse)(maker, &s))
        status = command_failed(EXIT_FAILED,
                                "%s could not make the PDF; write HTML (--format html) and print "
                                "it from a browser",
                                maker->program);
    else
        status = keep(&s, maker, path);
    close_scratch(&s);
    return status;
}
