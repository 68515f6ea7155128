import CKernels

/// Some columns of a matrix, laid out for products with a few rows, again and again.
struct PackedColumns {
  /// Which columns of the result these are.
  let columns: Range<Int>
  private let depth: Int
  private let compute: Compute
  private let packed: Tensor

  /// Packs `columns` of `matrix` [depth, columns], which is stored [columns, depth] when `transposed`.
  init(_ matrix: Tensor, transposed: Bool, columns: Range<Int>, for compute: Compute) {
    self.columns = columns
    self.compute = compute
    depth = transposed ? matrix.columnCount : matrix.rowCount
    var packed = unsafe Tensor(
      unwritten: [parla_packed_count(compute.kernel, depth, columns.count)])
    let start = columns.lowerBound * (transposed ? matrix.columnCount : 1)
    unsafe parla_pack(
      compute.kernel, depth, columns.count,
      MatrixPointer(matrix.pointer + start, stride: matrix.columnCount).operand(
        transposed: transposed),
      packed.mutableUnits)
    self.packed = packed
  }

  /// Room for the left operand of a product of `rows` rows.
  func rowSpace(rows: Int) -> Tensor {
    unsafe Tensor(unwritten: [rows, parla_packed_row_stride(compute.kernel, depth)])
  }

  /// Adds `a` [rows, depth] times these columns to theirs of `result`, on the calling thread.
  @unsafe func addProduct(
    rows: Int, _ a: MatrixPointer, to result: MatrixPointer, space: inout Tensor
  ) {
    guard !columns.isEmpty else { return }
    let left = unsafe space.mutableUnits
    unsafe parla_pack_left(compute.kernel, rows, depth, a.operand(), left)
    unsafe parla_packed_product(
      compute.kernel, rows, depth, columns.count, left, packed.units,
      result.pointer + columns.lowerBound, result.stride)
  }
}

extension Tensor {
  /// The memory as units of 32 bits, for packed operands.
  fileprivate var units: UnsafePointer<UInt32> {
    unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self)
  }

  fileprivate var mutableUnits: UnsafeMutablePointer<UInt32> {
    mutating get {
      unsafe UnsafeMutableRawPointer(mutablePointer).assumingMemoryBound(to: UInt32.self)
    }
  }
}
