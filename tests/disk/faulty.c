#include "tests/disk/faulty.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct faulty own;
struct faulty *faulty = &own;

static sqlite3_vfs *system_vfs;

struct faulty_file {
    sqlite3_file base;
    bool log, watched; /* of the database: the file itself, or its log */
    sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *file) {
    return ((struct faulty_file *)file)->real;
}

/* Whether this operation fails. */
static bool fails(bool log) {
    if (faulty->where != FAULTY_ANYWHERE && (faulty->where == FAULTY_LOG) != log)
        return false;
    uint64_t number = __atomic_add_fetch(&faulty->seen, 1, __ATOMIC_SEQ_CST);
    bool fail = faulty->first && number >= faulty->first && number <= faulty->last;
    if (fail)
        (void)__atomic_add_fetch(&faulty->met, 1, __ATOMIC_SEQ_CST);
    return fail;
}

static int code(int io_error) {
    return faulty->kind == FAULTY_FULL        ? SQLITE_FULL
           : faulty->kind == FAULTY_READ_ONLY ? SQLITE_READONLY
                                              : io_error;
}

static bool file_fails(sqlite3_file *file) {
    const struct faulty_file *of = (const struct faulty_file *)file;
    return of->watched && fails(of->log);
}

/* --- what changes a file ---------------------------------------------------------------------- */

static int on_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 at) {
    sqlite3_file *real = real_of(file);
    if (!file_fails(file))
        return real->pMethods->xWrite(real, bytes, length, at);
    if (faulty->kind == FAULTY_SHORT)
        (void)real->pMethods->xWrite(real, bytes, length / 2, at);
    return code(SQLITE_IOERR_WRITE);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
    sqlite3_file *real = real_of(file);
    return file_fails(file) ? code(SQLITE_IOERR_TRUNCATE) : real->pMethods->xTruncate(real, size);
}

static int on_sync(sqlite3_file *file, int flags) {
    sqlite3_file *real = real_of(file);
    return file_fails(file) ? code(SQLITE_IOERR_FSYNC) : real->pMethods->xSync(real, flags);
}

/* SQLITE_READONLY would mean that it is there, but not to be written. */
static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    sqlite3_file *real = real_of(file);
    if (!extend || !file_fails(file))
        return real->pMethods->xShmMap(real, page, size, extend, out);
    *out = NULL;
    return faulty->kind == FAULTY_FULL ? SQLITE_FULL : SQLITE_IOERR_SHMSIZE;
}

/* --- what does not ---------------------------------------------------------------------------- */

static int on_close(sqlite3_file *file) {
    sqlite3_file *real = real_of(file);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}
static int on_read(sqlite3_file *file, void *out, int length, sqlite3_int64 at) {
    return real_of(file)->pMethods->xRead(real_of(file), out, length, at);
}
static int on_size(sqlite3_file *file, sqlite3_int64 *out) {
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}
static int on_lock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xLock(real_of(file), level);
}
static int on_unlock(sqlite3_file *file, int level) {
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
static int on_reserved(sqlite3_file *file, int *out) {
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}
static int on_control(sqlite3_file *file, int verb, void *argument) {
    return real_of(file)->pMethods->xFileControl(real_of(file), verb, argument);
}
static int on_sector(sqlite3_file *file) {
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}
static int on_characteristics(sqlite3_file *file) {
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}
static void on_shm_barrier(sqlite3_file *file) {
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}
static int on_shm_unmap(sqlite3_file *file, int remove) {
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_reserved,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_characteristics,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

/* --- the file system -------------------------------------------------------------------------- */

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                   int *out_flags) {
    struct faulty_file *out = (struct faulty_file *)file;
    (void)vfs;
    *out = (struct faulty_file){.log = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)};
    out->watched =
        name && (out->log || (flags & SQLITE_OPEN_MAIN_DB)) && (flags & SQLITE_OPEN_READWRITE);
    out->real = (sqlite3_file *)(out + 1);
    if (out->watched && fails(out->log))
        return SQLITE_CANTOPEN;
    int result = system_vfs->xOpen(system_vfs, name, out->real, flags, out_flags);
    if (out->real->pMethods)
        out->base.pMethods = &methods;
    return result;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs;
    return fails(true) ? code(SQLITE_IOERR_DELETE)
                       : system_vfs->xDelete(system_vfs, name, sync_folder);
}

static void share(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *shared = file >= 0
                       ? mmap(NULL, sizeof *faulty, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                       : MAP_FAILED;
    if (shared == MAP_FAILED)
        abort(); /* the test would test nothing */
    faulty = shared;
}

__attribute__((constructor)) static void begin(void) {
    static sqlite3_vfs vfs;
    const char *path = getenv("MINDEX_FAULTY");
    if (path)
        share(path);
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.zName = "faulty";
    vfs.pNext = NULL;
    vfs.szOsFile = system_vfs->szOsFile + (int)sizeof(struct faulty_file);
    vfs.xOpen = on_open;
    vfs.xDelete = on_delete;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}
