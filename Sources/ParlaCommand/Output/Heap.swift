import CHeap

/// What the program's heap does with memory that is given back to it.
enum Heap {
  /// Keeps what was freed for what comes next.
  ///
  /// glibc returns the end of the heap to the system whenever a little of it is free, until a program has freed blocks of many
  /// megabytes; then it keeps as much as it is told to here. Recognition frees and takes some hundred kilobytes in every turn, and
  /// spent a tenth of its time on that.
  static func keepFreedMemory() { parla_heap_keep(64 << 20, 32 << 20) }
}
