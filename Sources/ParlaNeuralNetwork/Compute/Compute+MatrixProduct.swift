import CBLAS

/// Rows of numbers in memory, for the BLAS.
///
/// Unsafe: whoever makes one keeps the memory alive and gives no two threads the same part to write.
@unsafe struct MatrixPointer {
  let pointer: UnsafeMutablePointer<Float>
  let stride: Int

  init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    unsafe self.pointer = unsafe pointer
    unsafe self.stride = stride
  }

  init(_ pointer: UnsafePointer<Float>, stride: Int) {
    unsafe self.pointer = unsafe UnsafeMutablePointer(mutating: pointer)
    unsafe self.stride = stride
  }
}

extension Compute {
  /// `result` = `a` `b` (+ `result` when `accumulating`), of matrices in row-major order.
  ///
  /// `a` is [rows, depth], or [depth, rows] when `aTransposed`; `b` is [depth, columns], or [columns, depth] when
  /// `bTransposed`; `result` is [rows, columns]. Tensors count as matrices of their innermost axis.
  func product(
    _ a: Tensor, aTransposed: Bool = false, _ b: Tensor, bTransposed: Bool = false,
    accumulating: Bool = false, into result: inout Tensor
  ) {
    let rows = aTransposed ? a.columnCount : a.rowCount
    let depth = aTransposed ? a.rowCount : a.columnCount
    let columns = bTransposed ? b.rowCount : b.columnCount
    precondition(depth == (bTransposed ? b.columnCount : b.rowCount), "inner axes agree")
    precondition(result.rowCount == rows && result.columnCount == columns, "result's shape fits")
    let a = unsafe MatrixPointer(a.pointer, stride: a.columnCount)
    let b = unsafe MatrixPointer(b.pointer, stride: b.columnCount)
    let c = unsafe MatrixPointer(result.mutablePointer, stride: columns)
    if rows >= columns {
      divide(rows, grain: 48) { rows in
        unsafe threadProduct(
          a, aTransposed, b, bTransposed, rows: rows, columns: 0..<columns, depth: depth,
          accumulating: accumulating, into: c)
      }
    } else {
      divide(columns, grain: 64) { columns in
        unsafe threadProduct(
          a, aTransposed, b, bTransposed, rows: 0..<rows, columns: columns, depth: depth,
          accumulating: accumulating, into: c)
      }
    }
  }

  /// The part of a product in `rows` and `columns`, on the calling thread.
  @unsafe func threadProduct(
    _ a: MatrixPointer, _ aTransposed: Bool, _ b: MatrixPointer, _ bTransposed: Bool,
    rows: Range<Int>, columns: Range<Int>, depth: Int, accumulating: Bool, into c: MatrixPointer
  ) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    let aStart = aTransposed ? rows.lowerBound : unsafe rows.lowerBound * a.stride
    let bStart = bTransposed ? unsafe columns.lowerBound * b.stride : columns.lowerBound
    let cStart = unsafe rows.lowerBound * c.stride + columns.lowerBound
    unsafe parla_sgemm(
      aTransposed ? 1 : 0, bTransposed ? 1 : 0, Int32(rows.count), Int32(columns.count),
      Int32(depth), a.pointer + aStart, Int32(a.stride), b.pointer + bStart, Int32(b.stride),
      accumulating ? 1 : 0, c.pointer + cStart, Int32(c.stride))
  }
}
