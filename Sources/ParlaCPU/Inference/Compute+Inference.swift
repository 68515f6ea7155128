import CKernels

extension Compute {
  /// `x` [..., inputs] `weights`ᵀ + `bias`: [..., outputs].
  ///
  /// With weights of 8 or 4 bits, activations get a scale and a zero for each row, and 16 bits where `isFine`, else 8.
  package func affine(_ x: Tensor, _ weights: WeightMatrix, _ bias: Tensor, isFine: Bool) -> Tensor
  {
    precondition(x.columnCount == weights.inputCount, "\(weights.inputCount) inputs")
    var result = Tensor(unwritten: x.shape.dropLast() + [weights.outputCount])
    unsafe affine(
      MatrixPointer(x.pointer, stride: x.columnCount), rows: x.rowCount, weights, bias,
      isFine: isFine, into: result.mutablePointer)
    withExtendedLifetime(x) {}
    return result
  }

  /// The same of the first `count` windows of `x` [frames, 1, features], each `stride` frames after the one before and as long as the
  /// weights' inputs: [windows, 1, outputs].
  package func affine(
    windowsOf x: Tensor, stride: Int, count: Int, _ weights: WeightMatrix, _ bias: Tensor,
    isFine: Bool
  ) -> Tensor {
    let step = stride * x.columnCount
    precondition(
      count == 0 || (count - 1) * step + weights.inputCount <= x.count, "\(count) whole windows")
    var result = Tensor(unwritten: [count, 1, weights.outputCount])
    unsafe affine(
      MatrixPointer(x.pointer, stride: step), rows: count, weights, bias, isFine: isFine,
      into: result.mutablePointer)
    withExtendedLifetime(x) {}
    return result
  }

  /// From so many rows on it is worth to pack weights.
  private static let packedRowCount = 256

  /// From so many rows on weights in bfloat16 are multiplied with activations in bfloat16, where that is faster: whole recordings,
  /// not steps of streams, whose results are the same alone and together.
  private static let roundedRowCount = 1024

  @unsafe private func affine(
    _ x: MatrixPointer, rows: Int, _ weights: WeightMatrix, _ bias: Tensor, isFine: Bool,
    into y: UnsafeMutablePointer<Float>
  ) {
    precondition(bias.count == weights.outputCount, "a bias for each output")
    if rows >= Self.packedRowCount, weights.precision == .int8,
      unsafe packedBytes(x, rows: rows, weights, bias, isFine: isFine, into: y)
    {
      return
    }
    let width = weights.outputCount
    nonisolated(unsafe) let (y, start) = unsafe (y, bias.pointer)
    divide(rows, grain: 64) { range in
      unsafe parla_set_rows(range.count, width, start, y + range.lowerBound * width)
    }
    if rows >= Self.packedRowCount, weights.precision == .int4 {
      return unsafe addBlockProducts(x, rows: rows, weights, isFine: isFine, to: y)
    }
    if rows >= Self.packedRowCount, weights.precision != .int8 {
      return unsafe addPackedProducts(x, rows: rows, weights, to: y)
    }
    let workspace = ActivationWorkspace(rows: rows, depth: weights.inputCount)
    nonisolated(unsafe) let activations = unsafe ActivationRows(
      x, rows: rows, for: weights, isFine: isFine, workspace: workspace)
    unsafe activations.prepare(0..<rows)
    divide(width, grain: 64) { outputs in
      unsafe activations.addProducts(weights, outputs: outputs, to: y, stride: width)
    }
  }

  /// So many rows of bytes stay in the second cache while weights of 4 bits pass by.
  private static let blockRowCount = 128

  /// Adds the products of all rows of `x` with weights of 4 bits to `y`, some rows at a time.
  @unsafe private func addBlockProducts(
    _ x: MatrixPointer, rows: Int, _ weights: WeightMatrix, isFine: Bool,
    to y: UnsafeMutablePointer<Float>
  ) {
    let width = weights.outputCount
    nonisolated(unsafe) let y = unsafe y
    divide(rows, grain: Self.blockRowCount) { range in
      let workspace = ActivationWorkspace(rows: Self.blockRowCount, depth: weights.inputCount)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRowCount) {
        let count = min(range.upperBound - first, Self.blockRowCount)
        let activations = unsafe ActivationRows(
          x.advanced(first), rows: count, for: weights, isFine: isFine, workspace: workspace)
        unsafe activations.prepare(0..<count)
        unsafe activations.addProducts(
          weights, outputs: 0..<width, to: y + first * width, stride: width)
      }
    }
  }

  /// Whether this processor has instructions for it.
  @unsafe private func packedBytes(
    _ x: MatrixPointer, rows: Int, _ weights: WeightMatrix, _ bias: Tensor, isFine: Bool,
    into y: UnsafeMutablePointer<Float>
  ) -> Bool {
    unsafe weights.scales.withUnsafeBufferPointer { scales in
      unsafe weights.sums.withUnsafeBufferPointer { sums in
        guard let scales = scales.baseAddress, let sums = sums.baseAddress else { return false }
        return unsafe parla_int8_product(
          pool.pointer, rows, weights.inputCount, weights.outputCount, isFine ? 2 : 1, x.pointer,
          x.stride, weights.memory.pointer.assumingMemoryBound(to: Int8.self), weights.stride,
          scales, sums, bias.pointer, y, weights.outputCount) != 0
      }
    }
  }

  /// Adds the products of all rows of `x` with the weights', which are floats or halves, to `y`.
  @unsafe private func addPackedProducts(
    _ x: MatrixPointer, rows: Int, _ weights: WeightMatrix, to y: UnsafeMutablePointer<Float>
  ) {
    let isRounded = rows >= Self.roundedRowCount && path.gainsFromBFloat16
    for segment in weights.segments {
      let target = unsafe MatrixPointer(
        y + segment.outputs.lowerBound, stride: weights.outputCount)
      switch weights.precision {
      case .bfloat16:
        let start = unsafe weights.memory.pointer.assumingMemoryBound(to: UInt16.self)
        let done = unsafe parla_product_with_bf16(
          pool.pointer, parla_path_kernel(path.code, isRounded ? 1 : 0), rows,
          segment.outputs.count, weights.inputCount, x.operand(), start + segment.offset,
          weights.stride, 1, target.pointer, target.stride)
        precondition(done != 0, "memory for a block of a product")
      case .float32, .int4, .int8:
        let start = unsafe weights.memory.pointer.assumingMemoryBound(to: Float.self)
        unsafe product(
          x.operand(),
          MatrixPointer(start + segment.offset, stride: weights.stride).operand(transposed: true),
          rows: rows, columns: segment.outputs.count, depth: weights.inputCount,
          accumulating: true, into: target)
      }
    }
  }

  /// Runs an LSTM over all frames of sequences side by side, as `lstmForward` does.
  ///
  /// - Parameters:
  ///   - preactivations: What the input adds to the gates, bias included: [frames, batch, 4 units].
  ///   - recurrentWeights: [4 units, units].
  ///   - cells: The cells before the first frame, [batch, units]; on return, those after the last.
  ///   - outputs: The outputs likewise.
  ///   - frameCounts: Frames of each sequence; nil where all of them are real.
  /// - Returns: The outputs of all frames, [frames, batch, units].
  package func lstmInference(
    _ preactivations: consuming Tensor, recurrentWeights: WeightMatrix, cells: inout Tensor,
    outputs: inout Tensor, frameCounts: [Int]? = nil
  ) -> Tensor {
    let (frames, batch) = (preactivations.shape[0], preactivations.shape[1])
    let units = recurrentWeights.inputCount
    precondition(recurrentWeights.outputCount == 4 * units, "four gates for each unit")
    precondition(preactivations.columnCount == 4 * units, "four gates for each unit")
    precondition(cells.shape == [batch, units] && outputs.shape == cells.shape, "[batch, units]")
    var gates = preactivations
    var result = Tensor(unwritten: [frames, batch, units])
    let lengths = frameCounts ?? [Int](repeating: frames, count: batch)
    let active = activeRows(frames: frames, frameCounts: lengths)
    // Sequences that end before the others keep what they had come to.
    let isRagged = lengths.contains { $0 != frames }
    var lastCells = isRagged ? cells : Tensor(unwritten: [0])
    nonisolated(unsafe) let kept = unsafe lastCells.mutablePointer
    nonisolated(unsafe) let z = unsafe gates.mutablePointer
    // A step reads one of them and writes the other.
    var otherCells = Tensor(unwritten: cells.shape)
    nonisolated(unsafe) let c = unsafe [cells.mutablePointer, otherCells.mutablePointer]
    nonisolated(unsafe) let h = unsafe result.mutablePointer
    nonisolated(unsafe) let initial = unsafe outputs.pointer
    measured(.inference, frames, batch, units) { _ in
      let before: @Sendable (Int) -> UnsafePointer<Float> = { t in
        unsafe t == 0 ? initial : UnsafePointer(h + (t - 1) * batch * units)
      }
      let sums: @Sendable (Int) -> RecurrentSums = { t in
        unsafe RecurrentSums(z + t * batch * 4 * units, gates: 0..<4, stride: 4 * units)
      }
      unsafe walk(
        recurrentWeights, phases: frames, rows: batch, units: units, from: before, to: sums
      ) { t, range in
        let (first, count) = (range.lowerBound, range.count)
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_lstm_step(
            batch, units, count, z + t * batch * 4 * units + first, c[t % 2] + first,
            flags + t * batch, c[(t + 1) % 2] + first, h + t * batch * units + first)
        }
        guard isRagged else { return }
        for row in 0..<batch where lengths[row] == t + 1 {
          let cell = row * units + first
          unsafe (kept + cell).update(from: c[(t + 1) % 2] + cell, count: count)
        }
      }
    }
    if isRagged {
      cells = lastCells
      outputs = result.frame(before: lengths, otherwise: outputs)
    } else {
      if frames % 2 == 1 { cells = otherCells }
      if frames > 0 { outputs = result.lastFrame }
    }
    return result
  }
}

extension Compute {
  /// Which instructions products with weights of 8 and 4 bits use: `avx512vnni`, `avxvnni`, `avx2`, `neon` or `portable`.
  package static var int8Path: String { unsafe String(cString: parla_int8_path()) }

  /// Uses the path of that name from now on, for tests; says whether this processor has it.
  package static func useInt8Path(_ name: String) -> Bool { unsafe parla_int8_choose(name) == 1 }
}
