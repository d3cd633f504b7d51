#include "Memory.h"
#include <stdint.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif
#if defined(__GLIBC__)
#include <malloc.h>
#endif

void kernel_use_large_pages(void *memory, long bytes) {
#if defined(__linux__)
  const uintptr_t page = 2 << 20;
  if (bytes < 2 * (long)page) return;
  const uintptr_t first = ((uintptr_t)memory + page - 1) / page * page;
  const uintptr_t last = ((uintptr_t)memory + (uintptr_t)bytes) / page * page;
  if (first < last) madvise((void *)first, last - first, MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}

void kernel_trim_memory(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
