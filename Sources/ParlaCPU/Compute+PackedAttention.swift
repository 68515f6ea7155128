import CKernels

/// A head's keys and values, packed.
@unsafe package struct PackedHead {
  let keys: UnsafePointer<UInt32>
  let values: UnsafePointer<UInt32>
}

extension Compute {
  /// Calls `body` with `heads`, whose blocks of queries then share what is packed of their keys and values, where that pays.
  @unsafe package func withPacked(
    _ heads: [AttentionHead], _ body: ([AttentionHead]) -> Void
  ) {
    guard let first = unsafe heads.first, unsafe first.context.left == nil,
      unsafe first.context.right == nil,
      unsafe heads.contains(where: { unsafe $0.blocks.count > 1 })
    else { return unsafe body(heads) }
    let keyCount = unsafe heads.reduce(0) { unsafe max($0, $1.keyCount) }
    let size = unsafe first.size
    let keysLength = unsafe parla_blocks_count(kernel, size, keyCount)
    let length = unsafe keysLength + parla_blocks_count(kernel, keyCount, size)
    let count = unsafe heads.count
    var memory = Tensor(unwritten: [count, length])
    nonisolated(unsafe) let (units, kernel, all) = unsafe (memory.units, self.kernel, heads)
    forEach(count) { index in
      let head = unsafe all[index]
      let own = unsafe units + index * length
      unsafe parla_pack_blocks(
        kernel, size, head.keyCount, head.keys.operand(transposed: true), own)
      unsafe parla_pack_blocks(
        kernel, head.keyCount, size, head.values.operand(), own + keysLength)
    }
    unsafe body(
      heads.enumerated().map { index, head in
        var head = unsafe head
        let own = unsafe units + index * length
        unsafe head.packed = PackedHead(keys: own, values: own + keysLength)
        return unsafe head
      })
    withExtendedLifetime(memory) {}
  }

  /// The product of `rows` rows with `matrix` [depth, columns], or with `packed`, which is the same.
  @unsafe func product(
    _ rows: MatrixPointer, count: Int, _ matrix: parla_operand, packed: UnsafePointer<UInt32>?,
    columns: Int, depth: Int, into result: MatrixPointer
  ) {
    guard let packed = unsafe packed else {
      return unsafe product(
        rows.operand(), matrix, rows: count, columns: columns, depth: depth, accumulating: false,
        into: result)
    }
    let done = unsafe parla_product_with_blocks(
      kernel, count, depth, columns, rows.operand(), packed, result.pointer, result.stride)
    precondition(done != 0, "memory for a block of a product")
  }
}
