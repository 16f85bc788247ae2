#include "services/views/assets.h"

#include <string.h>

const struct asset *asset_find(const char *name) {
    for (const struct asset *asset = assets; asset->name; asset++) {
        if (strcmp(asset->name, name) == 0)
            return asset;
    }
    return NULL;
}

const char *asset_path(const char *name) {
    const struct asset *asset = asset_find(name);
    return asset ? asset->path : "/assets/";
}
