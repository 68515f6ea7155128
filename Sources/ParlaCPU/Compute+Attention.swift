import CKernels
import ParlaPlatform

/// The frames that a frame attends to: its chunk of `chunk` frames, and this many before and after that; nil for all.
package struct AttentionContext: Sendable, Equatable {
  package var left: Int?
  package var right: Int?
  package var chunk: Int

  /// A chunk, with this many frames on both sides.
  package init(left: Int?, right: Int?, chunk: Int) {
    self.left = left
    self.right = right
    self.chunk = chunk
  }

  /// The frames that frame `query` attends to, were there frames without end on both sides.
  package func keys(of query: Int) -> Range<Int> {
    let start = query / chunk * chunk
    let first = left.map { start - $0 } ?? 0
    return first..<(right.map { start + chunk + $0 } ?? Int.max)
  }

  /// How far from a query its keys may be, before and after it.
  package var leftReach: Int? { left.map { $0 + chunk - 1 } }
  package var rightReach: Int? { right.map { $0 + chunk - 1 } }

  /// How many queries are dealt with at a time, so that their scores stay in the second cache.
  package func blockLength(keyCount: Int) -> Int {
    if let leftReach, let rightReach { return min(max((leftReach + rightReach) / 2, 32), 256) }
    // Products take a dozen rows at a time.
    return min(max((1 << 17) / max(keyCount, 1), 32), 256) / 12 * 12
  }

  /// The possible distances from query to key for blocks of queries, in sequences of this many frames.
  package func distances(keyCount: Int) -> ClosedRange<Int> {
    let more = blockLength(keyCount: keyCount) - 1
    func reach(_ limit: Int?) -> Int {
      min(limit.map { $0 + more } ?? Int.max, max(keyCount - 1, 0))
    }
    guard left != nil, right != nil else { return -reach(leftReach)...reach(rightReach) }
    // As many for every length: who computes piece by piece keeps what belongs to them.
    return -((leftReach ?? 0) + more)...((rightReach ?? 0) + more)
  }
}

/// What positions add to the scores of one head, by the distance from query to key; row 0 belongs to `first`.
@unsafe package struct HeadPositions {
  package var first = 0
  /// A vector for each distance, which queries are multiplied with.
  package var vectors: MatrixPointer?
  /// What is added to queries before products with keys, and before those with vectors.
  package var contentBias: UnsafePointer<Float>?
  package var positionBias: UnsafePointer<Float>?
  /// A number for each distance, times one for each query.
  package var bias: UnsafePointer<Float>?
  package var gates: MatrixPointer?

  /// Nothing.
  package init() {}
}

/// One head of one sequence: where its rows are.
@unsafe package struct AttentionHead {
  package var queries: MatrixPointer
  package var keys: MatrixPointer
  package var values: MatrixPointer
  package var outputs: MatrixPointer
  package let size: Int
  package let queryCount: Int
  package let keyCount: Int
  /// Which frames of the sequence the first query and the first key are.
  package var firstQuery = 0
  package var firstKey = 0
  package let context: AttentionContext
  package var positions = unsafe HeadPositions()
  /// Keys and values as products with all blocks of queries read them, where those see all of them.
  package var packed: PackedHead?
  /// The share of weights that drop out, and what decides which.
  package var dropout: (rate: Float, seed: UInt64) = (0, 0)

  /// A head without positions, whose first query and key are a sequence's first.
  package init(
    queries: MatrixPointer, keys: MatrixPointer, values: MatrixPointer, outputs: MatrixPointer,
    size: Int, queryCount: Int, keyCount: Int, context: AttentionContext
  ) {
    unsafe self.queries = queries
    unsafe self.keys = keys
    unsafe self.values = values
    unsafe self.outputs = outputs
    unsafe self.size = size
    unsafe self.queryCount = queryCount
    unsafe self.keyCount = keyCount
    unsafe self.context = context
  }

  package var scale: Float { 1 / Float(unsafe size).squareRoot() }

  package var blocks: [Range<Int>] {
    let length = unsafe context.blockLength(keyCount: keyCount)
    return unsafe stride(from: 0, to: queryCount, by: length).map {
      unsafe $0..<min($0 + length, queryCount)
    }
  }

  /// The keys that some of `queries` attend to.
  package func keyRange(_ queries: Range<Int>) -> Range<Int> {
    let lower = unsafe context.keys(of: firstQuery + queries.lowerBound).lowerBound
    let upper = unsafe context.keys(of: firstQuery + queries.upperBound - 1).upperBound
    return unsafe max(lower - firstKey, 0)..<min(upper, firstKey + keyCount) - firstKey
  }
}

/// Where the gradients of one head's rows go.
@unsafe package struct AttentionHeadGradient {
  package var outputs: MatrixPointer
  package var queries: MatrixPointer
  package var keys: MatrixPointer
  package var values: MatrixPointer
  package var vectors: MatrixPointer?
  package var contentBias: UnsafeMutablePointer<Float>?
  package var positionBias: UnsafeMutablePointer<Float>?
  package var bias: UnsafeMutablePointer<Float>?
  package var gates: UnsafeMutablePointer<Float>?

  /// Joins places.
  package init(
    outputs: MatrixPointer, queries: MatrixPointer, keys: MatrixPointer, values: MatrixPointer,
    vectors: MatrixPointer?, contentBias: UnsafeMutablePointer<Float>?,
    positionBias: UnsafeMutablePointer<Float>?, bias: UnsafeMutablePointer<Float>?,
    gates: UnsafeMutablePointer<Float>?
  ) {
    unsafe self.outputs = outputs
    unsafe self.queries = queries
    unsafe self.keys = keys
    unsafe self.values = values
    unsafe self.vectors = vectors
    unsafe self.contentBias = contentBias
    unsafe self.positionBias = positionBias
    unsafe self.bias = bias
    unsafe self.gates = gates
  }
}

/// Some queries of a head with their weights for the keys that they attend to.
struct AttentionBlock {
  let queries: Range<Int>
  let keys: Range<Int>
  /// [queries, keys].
  var weights: Tensor
  /// The queries with the biases of products with keys and with positions, where there are such.
  let contentQueries: Tensor?
  let positionQueries: Tensor?
}

extension MatrixPointer {
  /// The rows from `row` on.
  package func advanced(_ row: Int) -> MatrixPointer {
    unsafe MatrixPointer(pointer + row * stride, stride: stride)
  }

  /// The columns from `column` on.
  package func column(_ column: Int) -> MatrixPointer {
    unsafe MatrixPointer(pointer + column, stride: stride)
  }
}

// MARK: - Forwards

extension Compute {
  /// What a head's queries in `block` gather of the values.
  ///
  /// Vaswani et al. 2017, eq. 1.
  @unsafe package func attend(_ head: AttentionHead, _ block: Range<Int>) {
    var block = unsafe attentionBlock(head, block)
    unsafe dropWeights(&block.weights, head, block)
    unsafe product(
      MatrixPointer(block.weights.pointer, stride: block.keys.count), count: block.queries.count,
      head.values.advanced(block.keys.lowerBound).operand(), packed: head.packed?.values,
      columns: head.size, depth: block.keys.count,
      into: head.outputs.advanced(block.queries.lowerBound))
  }

  @unsafe private func attentionBlock(_ head: AttentionHead, _ queries: Range<Int>)
    -> AttentionBlock
  {
    let keys = unsafe head.keyRange(queries)
    let (rows, columns) = (queries.count, keys.count)
    let positions = unsafe head.positions
    let own = unsafe head.queries.advanced(queries.lowerBound)
    let content = unsafe positions.contentBias.map { unsafe biased(own, $0, rows, head.size) }
    let position = unsafe positions.positionBias.map { unsafe biased(own, $0, rows, head.size) }
    var weights = Tensor(unwritten: [rows, columns])
    unsafe product(
      content?.matrix ?? own, count: rows,
      head.keys.advanced(keys.lowerBound).operand(transposed: true), packed: head.packed?.keys,
      columns: columns, depth: head.size,
      into: MatrixPointer(weights.mutablePointer, stride: columns))
    let distance = unsafe firstDistance(head, queries, keys) - positions.first
    var scores: Tensor?
    if let vectors = unsafe positions.vectors {
      let width = rows + columns - 1
      var products = Tensor(unwritten: [rows, width])
      unsafe product(
        (position?.matrix ?? own).operand(), vectors.advanced(distance).operand(transposed: true),
        rows: rows, columns: width, depth: head.size, accumulating: false,
        into: MatrixPointer(products.mutablePointer, stride: width))
      scores = products
    }
    let ranges = queries.map { unsafe head.keyRange($0..<$0 + 1) }
    let first = ranges.map { Int32($0.lowerBound - keys.lowerBound) }
    let end = ranges.map { Int32($0.upperBound - keys.lowerBound) }
    let gates = unsafe positions.gates?.advanced(queries.lowerBound)
    unsafe parla_attention_weights(
      rows, columns, first, end, head.scale, scores?.pointer, rows + columns - 1,
      positions.bias.map { unsafe $0 + distance }, gates?.pointer, gates?.stride ?? 0,
      weights.mutablePointer)
    return AttentionBlock(
      queries: queries, keys: keys, weights: weights, contentQueries: content,
      positionQueries: position)
  }

  /// The distance from the last of `queries` to the first of `keys`: the least one of all.
  @unsafe private func firstDistance(
    _ head: AttentionHead, _ queries: Range<Int>, _ keys: Range<Int>
  ) -> Int {
    unsafe (head.firstKey + keys.lowerBound) - (head.firstQuery + queries.upperBound - 1)
  }

  @unsafe private func biased(
    _ rows: MatrixPointer, _ bias: UnsafePointer<Float>, _ count: Int, _ size: Int
  ) -> Tensor {
    var result = Tensor(unwritten: [count, size])
    let target = unsafe result.mutablePointer
    for row in 0..<count {
      let source = unsafe rows.advanced(row).pointer
      for index in 0..<size { unsafe target[row * size + index] = source[index] + bias[index] }
    }
    return result
  }

  /// Which weights drop out follows from the frames that they join alone, so the same again on the way back.
  @unsafe private func dropWeights(
    _ weights: inout Tensor, _ head: AttentionHead, _ block: AttentionBlock
  ) {
    let (rate, seed) = unsafe head.dropout
    guard rate > 0 else { return }
    let columns = block.keys.count
    let target = unsafe weights.mutablePointer
    for row in 0..<block.queries.count {
      let query = unsafe UInt64(head.firstQuery + block.queries.lowerBound + row)
      let key = unsafe UInt64(head.firstKey + block.keys.lowerBound)
      unsafe parla_dropout(columns, rate, seed, query << 32 + key, target + row * columns)
    }
  }
}

// MARK: - Backwards

extension Compute {
  /// The gradients of one head, whose weights are computed again, block by block.
  @unsafe package func attentionGradient(_ head: AttentionHead, _ gradient: AttentionHeadGradient) {
    for rows in unsafe head.blocks {
      let block = unsafe attentionBlock(head, rows)
      let (count, columns, size) = unsafe (rows.count, block.keys.count, head.size)
      let outputGradient = unsafe gradient.outputs.advanced(rows.lowerBound)
      var dropped = block.weights
      unsafe dropWeights(&dropped, head, block)
      unsafe product(
        MatrixPointer(dropped.pointer, stride: columns).operand(transposed: true),
        outputGradient.operand(), rows: columns, columns: size, depth: count, accumulating: true,
        into: gradient.values.advanced(block.keys.lowerBound))
      dropped = Tensor(unwritten: [0])
      var scores = Tensor(unwritten: [count, columns])
      unsafe product(
        outputGradient.operand(),
        head.values.advanced(block.keys.lowerBound).operand(transposed: true), rows: count,
        columns: columns, depth: size, accumulating: false,
        into: MatrixPointer(scores.mutablePointer, stride: columns))
      unsafe dropWeights(&scores, head, block)
      let distance = unsafe firstDistance(head, rows, block.keys) - head.positions.first
      let gates = unsafe head.positions.gates?.advanced(rows.lowerBound)
      unsafe parla_attention_gradient(
        count, columns, head.scale, block.weights.pointer,
        head.outputs.advanced(rows.lowerBound).pointer, outputGradient.pointer,
        head.outputs.stride, size, head.positions.bias.map { unsafe $0 + distance },
        gates?.pointer, gates?.stride ?? 0, gradient.bias.map { unsafe $0 + distance },
        gradient.gates.map { unsafe $0 + rows.lowerBound * (gates?.stride ?? 0) },
        scores.mutablePointer)
      unsafe addContentGradient(scores, block, head, gradient)
      unsafe addPositionGradient(scores, block, distance, head, gradient)
    }
  }

  @unsafe private func addContentGradient(
    _ scores: Tensor, _ block: AttentionBlock, _ head: AttentionHead,
    _ gradient: AttentionHeadGradient
  ) {
    let (count, columns) = (block.queries.count, block.keys.count)
    let own = unsafe head.queries.advanced(block.queries.lowerBound)
    let target = unsafe gradient.queries.advanced(block.queries.lowerBound)
    unsafe product(
      MatrixPointer(scores.pointer, stride: columns).operand(),
      head.keys.advanced(block.keys.lowerBound).operand(), rows: count, columns: head.size,
      depth: columns, accumulating: false, into: target)
    if let bias = unsafe gradient.contentBias {
      unsafe parla_add_column_sums(count, head.size, target.pointer, target.stride, bias)
    }
    unsafe product(
      MatrixPointer(scores.pointer, stride: columns).operand(transposed: true),
      (block.contentQueries?.matrix ?? own).operand(), rows: columns, columns: head.size,
      depth: count, accumulating: true, into: gradient.keys.advanced(block.keys.lowerBound))
  }

  @unsafe private func addPositionGradient(
    _ scores: Tensor, _ block: AttentionBlock, _ distance: Int, _ head: AttentionHead,
    _ gradient: AttentionHeadGradient
  ) {
    guard let vectors = unsafe head.positions.vectors, let sum = unsafe gradient.vectors else {
      return
    }
    let (count, columns, size) = unsafe (block.queries.count, block.keys.count, head.size)
    let width = count + columns - 1
    var products = Tensor(unwritten: [count, width])
    unsafe parla_attention_unshift(count, columns, scores.pointer, products.mutablePointer)
    let own = unsafe head.queries.advanced(block.queries.lowerBound)
    unsafe product(
      MatrixPointer(products.pointer, stride: width).operand(transposed: true),
      (block.positionQueries?.matrix ?? own).operand(), rows: width, columns: size, depth: count,
      accumulating: true, into: sum.advanced(distance))
    var queries = Tensor(unwritten: [count, size])
    unsafe product(
      MatrixPointer(products.pointer, stride: width).operand(),
      vectors.advanced(distance).operand(),
      rows: count, columns: size, depth: width, accumulating: false,
      into: MatrixPointer(queries.mutablePointer, stride: size))
    if let bias = unsafe gradient.positionBias {
      unsafe parla_add_column_sums(count, size, queries.pointer, size, bias)
    }
    let target = unsafe gradient.queries.advanced(block.queries.lowerBound)
    for row in 0..<count {
      let (more, sums) = unsafe (queries.pointer + row * size, target.advanced(row).pointer)
      for index in 0..<size { unsafe sums[index] += more[index] }
    }
  }
}

extension Tensor {
  /// The rows of a matrix that is only read.
  @unsafe package var matrix: MatrixPointer { unsafe MatrixPointer(pointer, stride: columnCount) }
}

// MARK: - Rotation

extension Compute {
  /// By what angle each pair of a head of `size` numbers turns from frame to frame.
  package static func rotationSpeeds(base: Float, size: Int) -> [Double] {
    (0..<size / 2).map { pow(Double(base), -2 * Double($0) / Double(size)) }
  }

  /// Turns the heads of rows [frames, batch, …] by their positions.
  ///
  /// Su et al. 2021, eq. 34, with pairs half a head apart.
  /// `x` points at the first head of the first row; sequence b's frames are counted from `first[b]` on.
  @unsafe package func rotate(
    _ x: UnsafeMutablePointer<Float>, stride: Int, frames: Int, first: [Int], heads: Int, size: Int,
    base: Float, isBack: Bool = false
  ) {
    let (half, batch) = (size / 2, first.count)
    let speeds = Self.rotationSpeeds(base: base, size: size)
    nonisolated(unsafe) let x = unsafe x
    divide(frames, grain: 8) { range in
      var (cosines, sines) = (
        [Float](repeating: 0, count: half), [Float](repeating: 0, count: half)
      )
      for frame in range {
        for number in 0..<batch {
          if number == 0 || first[number] != first[number - 1] {
            for index in 0..<half {
              let angle = Double(first[number] + frame) * speeds[index]
              (cosines[index], sines[index]) = (Float(cos(angle)), Float(sin(angle)))
            }
          }
          unsafe parla_rotate(
            1, stride, heads, size, cosines, sines, isBack ? -1 : 1,
            x + (frame * batch + number) * stride)
        }
      }
    }
  }
}
