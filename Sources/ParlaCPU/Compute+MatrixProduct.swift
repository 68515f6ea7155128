import CKernels

/// Rows of numbers in memory, for the kernels.
///
/// Unsafe: the creator keeps the memory alive and lets no two threads write the same part.
@unsafe package struct MatrixPointer: @unchecked Sendable {
  package let pointer: UnsafeMutablePointer<Float>
  package let stride: Int

  package init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    unsafe self.pointer = unsafe pointer
    unsafe self.stride = stride
  }

  package init(_ pointer: UnsafePointer<Float>, stride: Int) {
    unsafe self.pointer = unsafe UnsafeMutablePointer(mutating: pointer)
    unsafe self.stride = stride
  }

  /// The matrix, or its transpose, as a kernel's operand.
  func operand(transposed: Bool = false) -> parla_operand {
    unsafe parla_operand(values: pointer, stride: stride, transposed: transposed ? 1 : 0)
  }
}

extension Compute {
  /// `result` = `a` `b` (+ `result` when `accumulating`), of matrices in row-major order.
  ///
  /// `a` is [rows, depth], or [depth, rows] when `aTransposed`; `b` is [depth, columns], or [columns, depth] when
  /// `bTransposed`; `result` is [rows, columns]. Tensors count as matrices of their innermost axis. The number of threads
  /// does not change the result.
  package func product(
    _ a: Tensor, aTransposed: Bool = false, _ b: Tensor, bTransposed: Bool = false,
    accumulating: Bool = false, into result: inout Tensor
  ) {
    let rows = aTransposed ? a.columnCount : a.rowCount
    let depth = aTransposed ? a.rowCount : a.columnCount
    let columns = bTransposed ? b.rowCount : b.columnCount
    precondition(depth == (bTransposed ? b.columnCount : b.rowCount), "inner axes agree")
    precondition(result.rowCount == rows && result.columnCount == columns, "result's shape fits")
    unsafe product(
      MatrixPointer(a.pointer, stride: a.columnCount).operand(transposed: aTransposed),
      MatrixPointer(b.pointer, stride: b.columnCount).operand(transposed: bTransposed),
      rows: rows, columns: columns, depth: depth, accumulating: accumulating,
      into: MatrixPointer(result.mutablePointer, stride: columns))
  }

  /// The same of matrices in memory.
  @unsafe func product(
    _ a: parla_operand, _ b: parla_operand, rows: Int, columns: Int, depth: Int,
    accumulating: Bool, into result: MatrixPointer
  ) {
    let done = unsafe parla_product(
      pool.pointer, kernel, rows, columns, depth, a, b, accumulating ? 1 : 0, result.pointer,
      result.stride)
    precondition(done != 0, "memory for a block of a product")
  }
}
