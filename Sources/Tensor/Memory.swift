import Kernels

public enum Memory {
  /// Gives what was freed back to the system; the allocator would keep some of it.
  public static func trim() { kernel_trim_memory() }
}
