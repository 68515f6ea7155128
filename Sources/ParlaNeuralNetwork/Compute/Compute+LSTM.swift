import CKernels

/// What an LSTM computed forwards, as its way back needs it.
struct LSTMActivations {
  /// The activated gates, input, forget, cell, output: [frames, batch, 4 units].
  var gates: Tensor
  /// The cells after each frame: [frames, batch, units].
  var cells: Tensor
  /// The outputs of each frame: [frames, batch, units].
  var outputs: Tensor
}

extension Compute {
  /// Runs an LSTM over all frames.
  ///
  /// Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
  ///
  /// All threads walk through the frames together: each computes some columns of the recurrent product, whose weights
  /// it has packed before, then some sequences' gates.
  ///
  /// - Parameters:
  ///   - preactivations: What the input adds to the gates, bias included: [frames, batch, 4 units], in the order
  ///     input, forget, cell, output. Taken over to hold the gates.
  ///   - recurrentWeight: [4 units, units].
  ///   - initialCells: The cells before the first frame: [batch, units].
  ///   - initialOutputs: The outputs before the first frame: [batch, units].
  ///   - frameCounts: Frames of each sequence; beyond them cells and outputs are zero.
  /// - Returns: The gates, cells and outputs of all frames.
  func lstmForward(
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
    let gates = unsafe result.gates.mutablePointer
    let cells = unsafe result.cells.mutablePointer
    let outputs = unsafe result.outputs.mutablePointer
    let (cells0, outputs0) = unsafe (initialCells.pointer, initialOutputs.pointer)
    pool.run { thread in
      let weights = PackedColumns(
        recurrentWeight, transposed: true,
        columns: share(thread, of: threadCount, count: 4 * units, grain: 32), for: self)
      var space = weights.rowSpace(rows: batch)
      let rows = share(thread, of: threadCount, count: batch, grain: 1)
      let first = rows.lowerBound * units
      for t in 0..<frames {
        let now = t * batch * units
        let before = now - batch * units
        let h = unsafe t == 0 ? outputs0 : UnsafePointer(outputs + before)
        let c = unsafe t == 0 ? cells0 : UnsafePointer(cells + before)
        unsafe weights.addProduct(
          rows: batch, MatrixPointer(h, stride: units),
          to: MatrixPointer(gates + 4 * now, stride: 4 * units), space: &space)
        pool.meet()
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_lstm_step(
            rows.count, units, gates + 4 * (now + first), c + first,
            flags + t * batch + rows.lowerBound, cells + now + first, outputs + now + first)
        }
        pool.meet()
      }
    }
    return result
  }

  /// The way back through `lstmForward`.
  ///
  /// - Parameters:
  ///   - outputGradient: dL/d(outputs): [frames, batch, units]. Taken over as working memory.
  ///   - cellGradient: dL/d(cells after each sequence's last frame), [batch, units]; on return dL/d(initial cells).
  ///   - activations: What `lstmForward` returned.
  ///   - recurrentWeight: [4 units, units].
  ///   - initialCells: The cells before the first frame: [batch, units].
  ///   - frameCounts: Frames of each sequence.
  /// - Returns: dL/d(preactivations), [frames, batch, 4 units], and dL/d(initial outputs), [batch, units].
  func lstmBackward(
    _ outputGradient: consuming Tensor, cellGradient: inout Tensor, activations: LSTMActivations,
    recurrentWeight: Tensor, initialCells: Tensor, frameCounts: [Int]
  ) -> (preactivations: Tensor, initialOutputs: Tensor) {
    let (frames, batch) = (outputGradient.shape[0], outputGradient.shape[1])
    let units = recurrentWeight.columnCount
    var gateGradient = Tensor(unwritten: [frames, batch, 4 * units])
    var initialGradient = Tensor(shape: [batch, units])
    var outputGradient = outputGradient
    let active = activeRows(frames: frames, frameCounts: frameCounts)
    let (gates, cells) = unsafe (activations.gates.pointer, activations.cells.pointer)
    let cells0 = unsafe initialCells.pointer
    let dz = unsafe gateGradient.mutablePointer
    let dh = unsafe outputGradient.mutablePointer
    let dh0 = unsafe initialGradient.mutablePointer
    let dc = unsafe cellGradient.mutablePointer
    pool.run { thread in
      let weights = PackedColumns(
        recurrentWeight, transposed: false,
        columns: share(thread, of: threadCount, count: units, grain: 32), for: self)
      var space = weights.rowSpace(rows: batch)
      let rows = share(thread, of: threadCount, count: batch, grain: 1)
      let first = rows.lowerBound * units
      for t in (0..<frames).reversed() {
        let now = t * batch * units
        let before = now - batch * units
        let previous = unsafe t == 0 ? cells0 : cells + before
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_lstm_step_gradient(
            rows.count, units, gates + 4 * (now + first), previous + first, cells + now + first,
            flags + t * batch + rows.lowerBound, dh + now + first, dc + first,
            dz + 4 * (now + first))
        }
        pool.meet()
        unsafe weights.addProduct(
          rows: batch, MatrixPointer(UnsafePointer(dz + 4 * now), stride: 4 * units),
          to: MatrixPointer(t == 0 ? dh0 : dh + before, stride: units), space: &space)
        pool.meet()
      }
    }
    return (gateGradient, initialGradient)
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
  func addRecurrentWeightGradient(
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
