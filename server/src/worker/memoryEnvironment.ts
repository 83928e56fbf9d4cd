/**
 * Environment for processes that compute. Intermediates of some hundred MiB are allocated and freed all the time; given back to the kernel after every use, it then spends longer handing them out than the
 * arithmetic takes (measured on a virtual machine: 0.4 to 3.5 s per GiB, depending on whether the host has to find the memory first). Large pages are not asked for: they come from memory that the host
 * has not handed out yet, and cost 2.5 s per GiB there where small ones cost 0.4 s. glibc reads these wishes when a program starts; other C libraries ignore them. The memory goes back when the idle
 * process ends.
 */
const TUNABLES = [
  `glibc.malloc.mmap_threshold=${2 * 2 ** 30}`,
  `glibc.malloc.trim_threshold=${4 * 2 ** 30}`,
  // Other arenas than the first hold no large pieces: those of threads would be mapped and unmapped each time.
  'glibc.malloc.arena_max=1',
].join(':');

/** `base` with these wishes, unless the user tuned the allocator already. */
export function memoryEnvironment(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return base['GLIBC_TUNABLES'] === undefined ? { ...base, GLIBC_TUNABLES: TUNABLES } : base;
}
