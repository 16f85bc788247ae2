#include "services/ingestion/inbox.h"

#include "core/file.h"
#include "core/release.h"
#include "services/bus/client.h"
#include "services/bus/clock.h"
#include "services/bus/log.h"
#include "services/bus/process.h"
#include "services/bus/refusal.h"
#include "services/bus/request_id.h"
#include "services/ingestion/beside.h"
#include "services/ingestion/inbox_counts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAUSE_MAX_MS = 60000,
    COUNT_AGAIN_MS = 2000,
    NAME_ROOM = 1024, /* of a file, below the inbox */
    FULL_ROOM = PATH_TEXT + NAME_ROOM + 32,
};

struct inbox {
    const struct places *places;
    const struct config *config;
    struct client *hub;
    zsock_t *pipe;
    int notify;
    bool trouble; /* something could not be handed in, and is to be tried again */
    bool stopped;
    bool watching;              /* it is this process that does; read on another thread */
    struct inbox_counts counts; /* that thread's */
    int64_t count_again;        /* on clock_ms */
};

/* --- moving a file out ------------------------------------------------------------------------ */

/* Why a file is rejected: one of the two; and the name under which that stands in the logs. */
struct reason {
    const Refusal *refusal;
    const struct problems *problems;
    const char *request_id;
};

static void write_reason(const struct reason *reason, const char *to) {
    char path[FULL_ROOM + 16], quoted[LOG_QUOTED];
    (void)snprintf(path, sizeof path, "%s.reason.txt", to);
    FILE *out = fopen(path, "w");
    if (out && reason->refusal)
        refusal_write(out, reason->refusal, to);
    else if (out)
        problems_write(out, reason->problems);
    if (out)
        (void)fprintf(out, "request_id=%s\n", reason->request_id);
    if (!out || fclose(out) != 0)
        log_error("no reason written", "file=%s", log_quote(path, quoted));
}

/* Moves inbox/NAME to FOLDER/NAME, or NAME~2, NAME~3 ... where that is taken. The reason (NULL:
 * none) is there before the file is: whoever ends this process in between leaves a file in the
 * inbox, which is handed in again, and never one in the folder of which nobody says why. */
static void move_out(const struct inbox *inbox, const char *name, const char *folder,
                     const struct reason *reason) {
    struct fault fault = {0};
    char from[FULL_ROOM], to[FULL_ROOM], quoted[LOG_QUOTED];
    (void)snprintf(from, sizeof from, "%s/%s", inbox->places->inbox, name);
    (void)snprintf(to, sizeof to, "%s/%s", folder, name);
    char *slash = strrchr(to, '/');
    *slash = '\0';
    bool made = make_folder(to, &fault);
    *slash = '/';
    size_t end = strlen(to);
    for (int copy = 2; made; copy++) {
        if (reason && access(to, F_OK) != 0)
            write_reason(reason, to);
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            return;
        if (errno != EEXIST || copy > 9999) {
            fault_set(&fault, FAULT_SYSTEM, "%s cannot be moved to %s: %s", from, to,
                      strerror(errno));
            break;
        }
        (void)snprintf(to + end, sizeof to - end, "~%d", copy);
    }
    log_error("file stays in the inbox", "reason=%s", log_quote(fault.text, quoted));
}

static void move_accepted(const struct inbox *inbox, const char *name) {
    char quoted[LOG_QUOTED];
    log_info("file accepted", "file=%s", log_quote(name, quoted));
    move_out(inbox, name, inbox->places->accepted, NULL);
}

static void move_rejected(const struct inbox *inbox, const char *name,
                          const struct reason *reason) {
    char quoted[LOG_QUOTED];
    log_warning("file rejected", "file=%s", log_quote(name, quoted));
    move_out(inbox, name, inbox->places->rejected, reason);
}

/* --- handing a file in ------------------------------------------------------------------------ */

/* Whether the file under this name is the one that `was` tells of. A newer one that took its place
 * while the hub was at work has not been handed in, and must not leave as if it had. */
static bool unchanged(const struct inbox *inbox, const char *name, const struct stat *was) {
    char path[FULL_ROOM];
    struct stat is;
    (void)snprintf(path, sizeof path, "%s/%s", inbox->places->inbox, name);
    return stat(path, &is) == 0 && is.st_dev == was->st_dev && is.st_ino == was->st_ino &&
           is.st_size == was->st_size && is.st_mtim.tv_sec == was->st_mtim.tv_sec &&
           is.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

/* What the hub makes of it stands in the logs under the name that it answers with: an earlier one
 * where the same was handed in before. */
static void take_answer(struct inbox *inbox, const char *name, const char *request_id,
                        const Message *answer) {
    bool accepted = answer->body_case == MINDEX__V1__MESSAGE__BODY_RECEIPT;
    const char *known =
        accepted ? answer->receipt->request_id : answer->refusal->request_id; /* NULL: old hub */
    struct reason reason = {.request_id = known ? known : request_id};
    log_request(reason.request_id);
    if (accepted) {
        move_accepted(inbox, name);
    } else {
        reason.refusal = answer->refusal;
        move_rejected(inbox, name, &reason);
    }
}

/* Hands in the file, with what lies beside it and describes it. */
static void hand_in(struct inbox *inbox, const char *name, const char *request_id,
                    const struct stat *was, char *bytes, size_t length,
                    const struct beside_disk *beside) {
    File file = MINDEX__V1__FILE__INIT;
    file.name = (char *)name;
    file.content = (ProtobufCBinaryData){length, (uint8_t *)bytes};
    File *files[1 + BESIDE_MAX] = {&file};
    HandIn body = MINDEX__V1__HAND_IN__INIT;
    body.n_files = 1;
    body.files = files;
    body.request_id = (char *)request_id;
    for (size_t i = 0; i < beside->n; i++)
        files[body.n_files++] = beside->files[i];
    Message message = wire_message(0);
    message.body_case = MINDEX__V1__MESSAGE__BODY_HAND_IN;
    message.hand_in = &body;
    struct fault fault = {0};
    char quoted[LOG_QUOTED];
    log_info("file handed in", "file=%s bytes=%zu", log_quote(name, quoted), length);
    Message *answer =
        client_insist(inbox->hub, &message,
                      1000 * (int)config_now(&inbox->config->inbox.retry_seconds), -1, &fault);
    if (answer && !unchanged(inbox, name, was)) {
        inbox->trouble = true; /* look again */
    } else if (answer && (answer->body_case == MINDEX__V1__MESSAGE__BODY_RECEIPT ||
                          answer->body_case == MINDEX__V1__MESSAGE__BODY_REFUSAL)) {
        take_answer(inbox, name, request_id, answer);
    } else {
        inbox->trouble = true;
        log_warning("file waits in the inbox", "reason=%s", log_quote(fault.text, quoted));
    }
    wire_free(&answer);
}

/* Whether somebody has the file open for writing: the kernel gives no read lease on such a file. */
static bool being_written(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    bool written = fcntl(file, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
    (void)fcntl(file, F_SETLEASE, F_UNLCK);
    (void)close(file);
    return written;
}

static void take_file(struct inbox *inbox, const char *name, const struct stat *info) {
    char path[FULL_ROOM];
    (void)snprintf(path, sizeof path, "%s/%s", inbox->places->inbox, name);
    if (being_written(path))
        return; /* its close will tell */
    struct problems *problems = calloc(1, sizeof *problems);
    struct arena *arena = arena_new();
    struct beside_disk beside;
    bool ready = problems && arena && beside_disk_open(&beside, inbox->places->inbox, arena) &&
                 beside_disk_all(&beside, name);
    char *bytes = NULL, request_id[REQUEST_ID_TEXT];
    size_t length = 0;
    request_id_new(request_id);
    log_request(request_id);
    if (ready && file_load(path, RELEASE_BYTES_MAX, &bytes, &length, problems)) {
        hand_in(inbox, name, request_id, info, bytes, length, &beside);
    } else if (ready) {
        /* By the name that whoever dropped it knows, as in a refusal by the hub. */
        for (uint64_t i = 0; i < problems->total && i < PROBLEMS_KEPT; i++)
            (void)snprintf(problems->kept[i].file, sizeof problems->kept[i].file, "%.255s", name);
        move_rejected(inbox, name,
                      &(struct reason){.problems = problems, .request_id = request_id});
    } else {
        inbox->trouble = true; /* out of memory */
    }
    log_request(NULL);
    arena_destroy(&arena);
    free(bytes);
    free(problems);
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool told_to_stop(struct inbox *inbox) {
    if (zsock_events(inbox->pipe) & ZMQ_POLLIN)
        inbox->stopped = true;
    return inbox->stopped;
}

static void look(struct inbox *inbox, const char *below, int depth) {
    char path[FULL_ROOM];
    (void)snprintf(path, sizeof path, "%s/%s", inbox->places->inbox, below);
    /* Before the listing, so that nothing that comes in between is missed. */
    (void)inotify_add_watch(inbox->notify, path, IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE);
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char name[NAME_ROOM];
        int length =
            snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entries[i]->d_name);
        bool fits = length > 0 && length < NAME_ROOM;
        (void)snprintf(path, sizeof path, "%s/%s", inbox->places->inbox, name);
        struct stat info;
        if (fits && !inbox_leaves_alone(entries[i]->d_name) && !told_to_stop(inbox) &&
            stat(path, &info) == 0) {
            if (S_ISREG(info.st_mode))
                take_file(inbox, name, &info);
            else if (S_ISDIR(info.st_mode) && depth < INBOX_DEPTH)
                look(inbox, name, depth + 1);
        }
        free(entries[i]);
    }
    free(entries);
}

static void drain(int notify) {
    char events[4096];
    while (read(notify, events, sizeof events) > 0)
        continue;
}

static int pause_ms(const struct inbox *inbox) {
    return 1000 * (int)config_now(&inbox->config->inbox.pause_seconds);
}

/* One process at a time watches an inbox: two would hand each file in twice. A second ingestion
 * worker reads for the hub all the same, and watches when the first has ended. */
static int take_watch(struct inbox *inbox, zpoller_t *poller) {
    char path[PATH_TEXT + 16];
    char quoted[LOG_QUOTED];
    struct fault fault = {0};
    bool told = false;
    (void)snprintf(path, sizeof path, "%s.lock", inbox->places->inbox);
    while (!told_to_stop(inbox)) {
        int lock = process_lock(path, &fault);
        if (lock >= 0)
            return lock;
        if (!told)
            log_warning("inbox not watched from here yet", "reason=%s",
                        log_quote(fault.text, quoted));
        told = true;
        (void)zpoller_wait(poller, pause_ms(inbox));
    }
    return -1;
}

static void watch(struct inbox *inbox, zpoller_t *poller) {
    int lock = take_watch(inbox, poller);
    __atomic_store_n(&inbox->watching, lock >= 0, __ATOMIC_RELAXED);
    int first = pause_ms(inbox), pause = first;
    int most = first > PAUSE_MAX_MS ? first : PAUSE_MAX_MS;
    while (!told_to_stop(inbox)) {
        inbox->trouble = false;
        drain(inbox->notify);
        look(inbox, "", 1);
        if (!inbox->stopped)
            (void)zpoller_wait(poller, inbox->trouble ? pause : -1);
        /* Trouble is the hub's, not the file's: it lasts as long as it lasts. */
        pause = !inbox->trouble ? first : 2 * pause < most ? 2 * pause : most;
    }
    if (lock >= 0)
        (void)close(lock);
}

struct inbox *inbox_new(const struct places *places, const struct config *config,
                        struct fault *fault) {
    struct inbox *inbox = calloc(1, sizeof *inbox);
    if (!inbox) {
        fault_memory(fault);
        return NULL;
    }
    inbox->places = places;
    inbox->config = config;
    inbox->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    bool open = inbox->notify >= 0 ||
                fault_set(fault, FAULT_SYSTEM, "inotify cannot be used: %s", strerror(errno));
    if (open)
        inbox->hub = client_open(places->hub, places->key, fault);
    open = inbox->hub && make_folder(places->inbox, fault) &&
           make_folder(places->accepted, fault) && make_folder(places->rejected, fault);
    if (!open)
        inbox_destroy(&inbox);
    return inbox;
}

void inbox_destroy(struct inbox **inbox) {
    if (!*inbox)
        return;
    client_destroy(&(*inbox)->hub);
    if ((*inbox)->notify >= 0)
        (void)close((*inbox)->notify);
    free(*inbox);
    *inbox = NULL;
}

void inbox_main(zsock_t *pipe, void *args) {
    struct inbox *inbox = args;
    inbox->pipe = pipe;
    zpoller_t *poller = zpoller_new(pipe, NULL);
    bool ready =
        poller && zpoller_add(poller, &inbox->notify) == 0 && client_heed(inbox->hub, pipe);
    zsock_signal(pipe, 0);
    if (ready)
        watch(inbox, poller);
    else
        log_error("no inbox", "reason=\"out of memory\"");
    zpoller_destroy(&poller);
}

bool inbox_tell(void *context, struct arena *arena, Heartbeat *out) {
    struct inbox *inbox = context;
    (void)arena;
    if (!__atomic_load_n(&inbox->watching, __ATOMIC_RELAXED))
        return true;
    if (clock_ms() >= inbox->count_again) {
        inbox_count(inbox->places, &inbox->counts);
        inbox->count_again = clock_ms() + COUNT_AGAIN_MS;
    }
    out->has_inbox_waiting = out->has_inbox_rejected = true;
    out->inbox_waiting = inbox->counts.waiting;
    out->inbox_rejected = inbox->counts.rejected;
    out->has_inbox_oldest_ms = inbox->counts.oldest_ms != 0;
    out->inbox_oldest_ms = inbox->counts.oldest_ms;
    return true;
}
