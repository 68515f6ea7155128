import CKernels

/// Some columns of a matrix, laid out for products with a few rows, again and again.
struct PackedColumns {
  /// Which columns of the result these are.
  let columns: Range<Int>
  private let depth: Int
  private let packed: Tensor

  /// Packs `columns` of `matrix` [depth, columns], which is stored [columns, depth] when `transposed`.
  init(_ matrix: Tensor, transposed: Bool, columns: Range<Int>) {
    self.columns = columns
    depth = transposed ? matrix.columnCount : matrix.rowCount
    var packed = Tensor(unwritten: [parla_packed_count(depth, columns.count)])
    let start = columns.lowerBound * (transposed ? matrix.columnCount : 1)
    unsafe parla_pack(
      depth, columns.count, transposed ? 1 : 0, matrix.pointer + start, matrix.columnCount,
      packed.mutablePointer)
    self.packed = packed
  }

  /// Adds `a` [rows, depth] times these columns to theirs of `result`, on the calling thread.
  @unsafe func addProduct(rows: Int, _ a: MatrixPointer, to result: MatrixPointer) {
    unsafe parla_packed_product(
      rows, depth, columns.count, a.pointer, a.stride, packed.pointer,
      result.pointer + columns.lowerBound, result.stride)
  }
}
