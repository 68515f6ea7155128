import CKernels

/// What an LSTM computed forwards, as its way back needs it.
package struct LSTMActivations {
  /// The activated gates, input, forget, cell, output: [frames, batch, 4 units].
  package var gates: Tensor
  /// The cells after each frame: [frames, batch, units].
  package var cells: Tensor
  /// The outputs of each frame: [frames, batch, units].
  package var outputs: Tensor

  /// Joins what was computed, or kept of it.
  package init(gates: Tensor, cells: Tensor, outputs: Tensor) {
    self.gates = gates
    self.cells = cells
    self.outputs = outputs
  }
}

extension Compute {
  /// Runs an LSTM over all frames.
  ///
  /// Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
  ///
  /// Threads take blocks of units. They compute the recurrent product, whose weights have been packed beforehand, and
  /// then the gates: frame by frame together, or each thread for its own sequences (`WorkDivision`).
  ///
  /// - Parameters:
  ///   - preactivations: What the input adds to the gates, bias included: [frames, batch, 4 units], in the order
  ///     input, forget, cell, output. Reused to hold the gates.
  ///   - recurrentWeight: [4 units, units].
  ///   - initialCells: The cells before the first frame: [batch, units].
  ///   - initialOutputs: The outputs before the first frame: [batch, units].
  ///   - frameCounts: Frames of each sequence; beyond them cells and outputs are zero.
  /// - Returns: The gates, cells and outputs of all frames.
  package func lstmForward(
    _ preactivations: consuming Tensor, recurrentWeight: Tensor, initialCells: Tensor,
    initialOutputs: Tensor, frameCounts: [Int]
  ) -> LSTMActivations {
    let (frames, batch) = (preactivations.shape[0], preactivations.shape[1])
    let units = recurrentWeight.columnCount
    precondition(preactivations.columnCount == 4 * units, "four gates for each unit")
    precondition(initialCells.shape == [batch, units], "initial cells [batch, units]")
    precondition(initialOutputs.shape == [batch, units], "initial outputs [batch, units]")
    var result = LSTMActivations(
      gates: preactivations, cells: Tensor(unwritten: [frames, batch, units]),
      outputs: Tensor(unwritten: [frames, batch, units]))
    let active = activeRows(frames: frames, frameCounts: frameCounts)
    nonisolated(unsafe) let gates = unsafe result.gates.mutablePointer
    nonisolated(unsafe) let cells = unsafe result.cells.mutablePointer
    nonisolated(unsafe) let outputs = unsafe result.outputs.mutablePointer
    nonisolated(unsafe) let (cells0, outputs0) = unsafe (
      initialCells.pointer, initialOutputs.pointer
    )
    let weights = unsafe RecurrentWeights(
      MatrixPointer(recurrentWeight.pointer, stride: units).operand(transposed: true),
      groups: 4, units: units, depth: units, rows: batch, for: self)
    measured(.forwards, frames, batch, units) { division in
      weights.walk(0..<frames, division, in: pool) { t, block, rows, thread in
        let now = t * batch * units
        let before = now - batch * units
        let h = unsafe t == 0 ? outputs0 : UnsafePointer(outputs + before)
        let c = unsafe t == 0 ? cells0 : UnsafePointer(cells + before)
        unsafe weights.addProduct(
          block, MatrixPointer(h, stride: units), rows: rows, step: t * batch + rows.lowerBound,
          thread: thread, to: MatrixPointer(gates + 4 * now, stride: 4 * units))
        let range = weights.range(block)
        let first = rows.lowerBound * units + range.lowerBound
        let firstGate = 4 * (now + rows.lowerBound * units) + range.lowerBound
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_lstm_step(
            rows.count, units, range.count, gates + firstGate, c + first,
            flags + t * batch + rows.lowerBound, cells + now + first, outputs + now + first)
        }
      }
    }
    return result
  }

  /// The backward pass of `lstmForward`.
  ///
  /// - Parameters:
  ///   - outputGradient: dL/d(outputs): [frames, batch, units]. Reused as working memory.
  ///   - cellGradient: dL/d(cells after each sequence's last frame), [batch, units]; on return dL/d(initial cells).
  ///   - activations: What `lstmForward` returned.
  ///   - recurrentWeight: [4 units, units].
  ///   - initialCells: The cells before the first frame: [batch, units].
  ///   - frameCounts: Frames of each sequence.
  /// - Returns: dL/d(preactivations), [frames, batch, 4 units], and dL/d(initial outputs), [batch, units].
  package func lstmBackward(
    _ outputGradient: consuming Tensor, cellGradient: inout Tensor, activations: LSTMActivations,
    recurrentWeight: Tensor, initialCells: Tensor, frameCounts: [Int]
  ) -> (preactivations: Tensor, initialOutputs: Tensor) {
    let (frames, batch) = (outputGradient.shape[0], outputGradient.shape[1])
    let units = recurrentWeight.columnCount
    var gateGradient = Tensor(unwritten: [frames, batch, 4 * units])
    var initialGradient = Tensor(shape: [batch, units])
    var outputGradient = outputGradient
    let active = activeRows(frames: frames, frameCounts: frameCounts)
    nonisolated(unsafe) let (gates, cells) = unsafe (
      activations.gates.pointer, activations.cells.pointer
    )
    nonisolated(unsafe) let cells0 = unsafe initialCells.pointer
    nonisolated(unsafe) let dz = unsafe gateGradient.mutablePointer
    nonisolated(unsafe) let dh = unsafe outputGradient.mutablePointer
    nonisolated(unsafe) let dh0 = unsafe initialGradient.mutablePointer
    nonisolated(unsafe) let dc = unsafe cellGradient.mutablePointer
    let weights = unsafe RecurrentWeights(
      MatrixPointer(recurrentWeight.pointer, stride: units).operand(),
      groups: 1, units: units, depth: 4 * units, rows: batch, for: self)
    // The last step has a product alone: the gradient of the initial outputs.
    measured(.backwards, frames, batch, units) { division in
      weights.walk(0..<frames + 1, division, in: pool) { step, block, rows, thread in
        let t = frames - 1 - step
        let now = t * batch * units
        if step > 0 {
          let after = unsafe dz + 4 * (now + batch * units)
          unsafe weights.addProduct(
            block, MatrixPointer(UnsafePointer(after), stride: 4 * units), rows: rows,
            step: step * batch + rows.lowerBound, thread: thread,
            to: MatrixPointer(t < 0 ? dh0 : dh + now, stride: units))
        }
        guard t >= 0 else { return }
        let range = weights.range(block)
        let first = rows.lowerBound * units + range.lowerBound
        let firstGate = 4 * (now + rows.lowerBound * units) + range.lowerBound
        let previous = unsafe t == 0 ? cells0 : cells + now - batch * units
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_lstm_step_gradient(
            rows.count, units, range.count, gates + firstGate, previous + first,
            cells + now + first, flags + t * batch + rows.lowerBound, dh + now + first,
            dc + first, dz + firstGate)
        }
      }
    }
    return (gateGradient, initialGradient)
  }

  /// Does `work`, a recurrence over `frames`, with the division that was measured to be best.
  func measured(
    _ kind: Recurrence, _ frames: Int, _ batch: Int, _ units: Int, _ work: (WorkDivision) -> Void
  ) {
    divisions.measure(
      kind, amount: Double(frames) * Double(batch) * Double(units) * Double(units), in: pool, work)
  }

  /// For each frame and sequence, whether the frame is part of the sequence.
  func activeRows(frames: Int, frameCounts: [Int]) -> [UInt8] {
    (0..<frames).flatMap { t in frameCounts.map { $0 > t ? 1 : 0 } }
  }
}

extension Compute {
  /// Adds to `gradient` [4 units, units] that of the recurrent weights: each frame's gates against the outputs before it.
  ///
  /// The outputs before the first frame are taken to be zero.
  package func addRecurrentWeightGradient(
    gateGradient: Tensor, outputs: Tensor, to gradient: inout Tensor
  ) {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    guard frames > 1 else { return }
    unsafe product(
      MatrixPointer(gateGradient.pointer + batch * 4 * units, stride: 4 * units)
        .operand(transposed: true),
      MatrixPointer(outputs.pointer, stride: units).operand(),
      rows: 4 * units, columns: units, depth: (frames - 1) * batch, accumulating: true,
      into: MatrixPointer(gradient.mutablePointer, stride: units))
  }
}
