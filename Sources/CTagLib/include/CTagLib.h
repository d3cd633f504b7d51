#ifndef CTAGLIB_H
#define CTAGLIB_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The containers whose tags the shim opens, whatever the file is called.
enum ctaglib_kind { CTAGLIB_FLAC, CTAGLIB_OGG, CTAGLIB_MPEG, CTAGLIB_WAV };

/// One property, UTF-8. Several with one key are a list.
struct ctaglib_property {
  const char *key;
  const char *value;
};

/// Replaces the file's properties. 0, or 1: could not be opened, 2: could not be saved,
/// 3: the file's format has no place for one of them.
int ctaglib_write(const char *path, enum ctaglib_kind kind,
                  const struct ctaglib_property *properties, size_t count);

/// Calls `visit` for each property in the file. 0, or 1: could not be opened.
int ctaglib_read(const char *path, enum ctaglib_kind kind, void *context,
                 void (*visit)(void *context, const char *key, const char *value));

#ifdef __cplusplus
}
#endif

#endif
