import CKernels

/// Read-only memory for weights: a part of a file, of a tensor, or its own.
@safe package final class WeightMemory: @unchecked Sendable {
  let pointer: UnsafeRawPointer
  private let owner: (any Sendable)?

  /// Borrows the memory at `pointer`, which lives as long as `owner` does.
  package init(_ pointer: UnsafeRawPointer, owner: any Sendable) {
    unsafe self.pointer = unsafe pointer
    self.owner = owner
  }

  /// Allocates `byteCount` bytes and lets `write` fill them.
  package init(byteCount: Int, _ write: (UnsafeMutableRawPointer) -> Void) {
    guard let memory = unsafe parla_weights_allocate(max(byteCount, 1)) else {
      preconditionFailure("no memory for \(byteCount) bytes of weights")
    }
    unsafe write(memory)
    unsafe pointer = UnsafeRawPointer(memory)
    owner = nil
  }

  deinit {
    if owner == nil { unsafe parla_weights_free(UnsafeMutableRawPointer(mutating: pointer)) }
  }
}
