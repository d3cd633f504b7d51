#ifndef CANTIGA_MEMORY_H
#define CANTIGA_MEMORY_H

/* Asks for large pages for memory that is yet to be written, where there is enough of it: a fault for each 4 KiB takes as long as
 * writing them. It is only advice; where it fails nothing changes. */
void kernel_use_large_pages(void *memory, long bytes);

/* Gives freed memory back to the system where the allocator would keep it. */
void kernel_trim_memory(void);

#endif
