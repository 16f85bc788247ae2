/* What backup and restore share. Inside the hub's folder alone. */
#ifndef HUB_BACKUP_PARTS_H
#define HUB_BACKUP_PARTS_H

#include "services/hub/backup.h"

/* Copies a database, as it stands at one moment, into an empty or absent file. */
bool copy_database(const char *from, const char *to, struct fault *fault);
/* On disk, with its name when it has one. */
bool sync_path(const char *path, struct fault *fault);
bool sync_folder_of(const char *path, struct fault *fault);
/* Faults with errno's reason. Returns false. */
bool file_fault(const char *path, const char *doing, struct fault *fault);

#endif
