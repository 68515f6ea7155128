import CKernels

extension Compute {
  /// `x` [..., inputs] `weights`ᵀ + `bias`: [..., outputs].
  ///
  /// With weights in bytes, activations get a scale and a zero for each row, and 16 bits where `isFine`, else 8.
  package func affine(_ x: Tensor, _ weights: WeightMatrix, _ bias: Tensor, isFine: Bool) -> Tensor
  {
    precondition(x.columnCount == weights.inputCount, "\(weights.inputCount) inputs")
    precondition(bias.count == weights.outputCount, "a bias for each output")
    let rows = x.rowCount
    var result = Tensor(unwritten: x.shape.dropLast() + [weights.outputCount])
    let workspace = ActivationWorkspace(rows: rows, depth: weights.inputCount)
    nonisolated(unsafe) let activations = unsafe ActivationRows(
      x.pointer, rows: rows, for: weights, isFine: isFine, workspace: workspace)
    nonisolated(unsafe) let y = unsafe result.mutablePointer
    unsafe parla_set_rows(rows, weights.outputCount, bias.pointer, y)
    if weights.precision == .float32, rows >= Self.packedRowCount {
      unsafe addPackedProducts(x, weights, to: y)
      return result
    }
    unsafe activations.prepare(0..<rows)
    divide(weights.outputCount, grain: 64) { outputs in
      unsafe activations.addProducts(
        weights, outputs: outputs, to: y, stride: weights.outputCount)
    }
    return result
  }

  /// From so many rows on it is worth to pack weights in floats.
  private static let packedRowCount = 256

  /// Adds the products of all rows of `x` with the weights' to `y`.
  @unsafe private func addPackedProducts(
    _ x: Tensor, _ weights: WeightMatrix, to y: UnsafeMutablePointer<Float>
  ) {
    let start = unsafe weights.memory.pointer.assumingMemoryBound(to: Float.self)
    for segment in weights.segments {
      unsafe product(
        MatrixPointer(x.pointer, stride: x.columnCount).operand(),
        MatrixPointer(start + segment.offset, stride: weights.stride).operand(transposed: true),
        rows: x.rowCount, columns: segment.outputs.count, depth: weights.inputCount,
        accumulating: true,
        into: MatrixPointer(y + segment.outputs.lowerBound, stride: weights.outputCount))
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
  /// Which instructions products with weights in bytes use: `avx512vnni`, `avxvnni`, `avx2`, `neon` or `portable`.
  package static var int8Path: String { unsafe String(cString: parla_int8_path()) }

  /// Uses the path of that name from now on, for tests; says whether this processor has it.
  package static func useInt8Path(_ name: String) -> Bool { unsafe parla_int8_choose(name) == 1 }
}
