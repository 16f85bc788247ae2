/* An edition as a data package: a folder, or a zip of one. */
#include "services/bus/instant.h"
#include "services/cli/command.h"
#include "services/views/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

enum { EXPORT_PATH = 4096 };

struct export {
    const char *out;           /* where it goes in the end */
    char partial[EXPORT_PATH]; /* where it is made, beside it */
    zip_t *zip;                /* NULL: a folder */
    time_t time;               /* of the edition: the same files each time */
    unsigned files;
};

/* --- a folder --------------------------------------------------------------------------------- */

static bool put_file(void *context, const char *name, const char *bytes, size_t length,
                     struct fault *fault) {
    struct export *export = context;
    char path[EXPORT_PATH + 100];
    (void)snprintf(path, sizeof path, "%s/%s", export->partial, name);
    FILE *file = fopen(path, "wxe");
    bool written = file && fwrite(bytes, 1, length, file) == length && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    if (file)
        written = fclose(file) == 0 && written;
    export->files++;
    return written ||
           fault_set(fault, FAULT_SYSTEM, "%s cannot be written: %s", path, strerror(errno));
}

/* --- a zip ------------------------------------------------------------------------------------ */

/* The archive takes a copy over, which it needs until it is closed. */
static bool put_member(void *context, const char *name, const char *bytes, size_t length,
                       struct fault *fault) {
    struct export *export = context;
    char *copy = malloc(length + 1);
    if (!copy)
        return fault_memory(fault);
    memcpy(copy, bytes, length);
    zip_source_t *source = zip_source_buffer(export->zip, copy, length, 1);
    zip_int64_t at = source ? zip_file_add(export->zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (!source)
        free(copy);
    else if (at < 0)
        zip_source_free(source);
    if (at < 0 || zip_file_set_mtime(export->zip, (zip_uint64_t)at, export->time, 0) != 0)
        return fault_set(fault, FAULT_SYSTEM, "%s: %s", export->out, zip_strerror(export->zip));
    export->files++;
    return true;
}

static bool open_zip(struct export *export, struct fault *fault) {
    int code = 0;
    export->zip = zip_open(export->partial, ZIP_CREATE | ZIP_EXCL, &code);
    if (export->zip)
        return true;
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    fault_set(fault, FAULT_SYSTEM, "%s: %s", export->partial, zip_error_strerror(&error));
    zip_error_fini(&error);
    return false;
}

static bool close_zip(struct export *export, struct fault *fault) {
    if (zip_close(export->zip) == 0) {
        export->zip = NULL;
        return true;
    }
    return fault_set(fault, FAULT_SYSTEM, "%s: %s", export->partial, zip_strerror(export->zip));
}

/* --- both ------------------------------------------------------------------------------------- */

static bool is_zip(const char *path) {
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".zip") == 0;
}

/* Made beside where it goes, so that nobody finds a part of it. */
static bool begin(struct export *export, const char *out, struct fault *fault) {
    struct stat there;
    *export = (struct export){.out = out};
    int length =
        snprintf(export->partial, sizeof export->partial, "%s.partial-%ld", out, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof export->partial)
        return fault_set(fault, FAULT_INPUT, "--out is too long");
    if (lstat(out, &there) == 0)
        return fault_set(fault, FAULT_INPUT,
                         "%s is there already: remove it, or choose another name", out);
    if (is_zip(out))
        return open_zip(export, fault);
    return mkdir(export->partial, 0777) == 0 ||
           fault_set(fault, FAULT_SYSTEM, "%s cannot be made: %s", export->partial,
                     strerror(errno));
}

static bool finish(struct export *export, struct fault *fault) {
    if (export->zip && !close_zip(export, fault))
        return false;
    return rename(export->partial, export->out) == 0 ||
           fault_set(fault, FAULT_SYSTEM, "%s cannot be made: %s", export->out, strerror(errno));
}

static int export_to(struct viewer *viewer, const struct view *view, const char *out) {
    struct fault fault = {0};
    struct export export;
    if (!begin(&export, out, &fault))
        return command_failed(fault.kind == FAULT_INPUT ? EXIT_REFUSED : EXIT_FAILED, "%s",
                              fault.text);
    export.time = (time_t)(view->time_ms / 1000);
    bool folder = !export.zip;
    bool fine = package_write(viewer, view, export.zip ? put_member : put_file, &export, &fault) &&
                finish(&export, &fault);
    if (export.zip)
        zip_discard(export.zip);
    if (!fine)
        return command_failed(EXIT_FAILED, "%s%s%s", fault.text,
                              folder ? "; what was written is in " : "",
                              folder ? export.partial : "");
    printf("edition %llu: %u files in %s\n", (unsigned long long)view->number, export.files, out);
    return EXIT_OK;
}

int export_command(const struct command_line *line) {
    struct fault fault = {0};
    if (!line->out)
        return command_failed(EXIT_USAGE, "--out FOLDER or --out FILE.zip says where to");
    struct viewer *viewer = viewer_new(line->places.hub, line->places.key, NULL, &fault);
    if (!viewer)
        return command_failed(EXIT_FAILED, "%s", fault.text);
    viewer_turn(viewer);
    const struct view *view = viewer_edition(viewer, line->edition, &fault);
    int status = view ? export_to(viewer, view, line->out)
                      : command_failed(fault.kind == FAULT_INPUT ? EXIT_NOT_FOUND : EXIT_FAILED,
                                       "%s", fault.text);
    viewer_destroy(&viewer);
    return status;
}
