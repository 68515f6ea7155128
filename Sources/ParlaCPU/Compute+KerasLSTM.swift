extension Compute {
  /// Runs an LSTM with any functions over all frames.
  ///
  /// - Parameters:
  ///   - sums: What the input adds to input, forget, cell and output gates, bias included: [frames, batch, 4 units].
  ///   - recurrent: [4 units, units].
  ///   - functions: Those of the gates and of cells and candidates.
  ///   - initialCells: The cells before the first frame: [batch, units].
  ///   - initialOutputs: The outputs before the first frame: [batch, units].
  ///   - lengths: Frames of each sequence; beyond them cells and outputs are zero.
  /// - Returns: The gates, cells and outputs of all frames.
  package func kerasLSTMForward(
    _ sums: consuming Tensor, recurrent: Weight, functions: CellFunctions, initialCells: Tensor,
    initialOutputs: Tensor, lengths: [Int]
  ) -> LSTMActivations {
    let (frames, batch, units) = (sums.shape[0], sums.shape[1], initialCells.columnCount)
    precondition(sums.columnCount == 4 * units, "four gates for each unit")
    precondition(initialCells.shape == [batch, units], "initial cells [batch, units]")
    var result = LSTMActivations(
      gates: sums, cells: Tensor(unwritten: [frames, batch, units]),
      outputs: Tensor(unwritten: [frames, batch, units]))
    nonisolated(unsafe) let steps = unsafe KerasLSTMSteps(
      gates: result.gates.mutablePointer, cells: result.cells.mutablePointer,
      outputs: result.outputs.mutablePointer, initialCells: initialCells.pointer,
      initialOutputs: initialOutputs.pointer, batch: batch, units: units, functions: functions,
      lengths: lengths)
    switch recurrent {
    case .tensor(let weight):
      let weights = unsafe RecurrentWeights(
        MatrixPointer(weight.pointer, stride: units).operand(transposed: true), groups: 4,
        units: units, depth: units, rows: batch, for: self)
      pool.run(phases: 1 + frames, pieces: weights.blockCount) { phase, block, thread in
        guard phase > 0 else { return weights.pack(block) }
        let t = phase - 1
        unsafe weights.addProduct(
          block, MatrixPointer(steps.before(t), stride: units), rows: 0..<batch, step: t,
          thread: thread,
          to: MatrixPointer(steps.gates + 4 * t * batch * units, stride: 4 * units))
        unsafe steps.run(t, weights.range(block))
      }
    case .matrix(let weights, _):
      precondition(weights.outputCount == 4 * units, "four gates for each unit")
      let before: @Sendable (Int) -> UnsafePointer<Float> = { t in unsafe steps.before(t) }
      let sums: @Sendable (Int) -> RecurrentSums = { t in
        unsafe RecurrentSums(steps.gates + 4 * t * batch * units, gates: 0..<4, stride: 4 * units)
      }
      unsafe walk(
        weights, phases: frames, rows: batch, units: units, from: before, to: sums
      ) { t, range in unsafe steps.run(t, range) }
    }
    return result
  }

  /// The way back through `kerasLSTMForward` from cells and outputs that were zero before the first frame.
  ///
  /// - Returns: dL/d(sums), [frames, batch, 4 units].
  package func kerasLSTMBackward(
    _ outputGradient: consuming Tensor, _ activations: LSTMActivations, recurrent: Tensor,
    functions: CellFunctions, lengths: [Int]
  ) -> Tensor {
    let cells = activations.cells
    let (frames, batch, units) = (cells.shape[0], cells.shape[1], cells.columnCount)
    var (gradient, sums) = (outputGradient, Tensor(unwritten: activations.gates.shape))
    var cellGradient = Tensor(shape: [batch, units])
    var activated = Tensor(unwritten: [batch, units])
    let zeros = Tensor(shape: [batch, units])
    nonisolated(unsafe) let steps = unsafe KerasLSTMGradientSteps(
      gates: activations.gates.pointer, cells: cells.pointer, zeros: zeros.pointer,
      gradient: gradient.mutablePointer, cellGradient: cellGradient.mutablePointer,
      activated: activated.mutablePointer, sums: sums.mutablePointer, batch: batch, units: units,
      functions: functions, lengths: lengths)
    let weights = unsafe RecurrentWeights(
      MatrixPointer(recurrent.pointer, stride: units).operand(), groups: 1, units: units,
      depth: 4 * units, rows: batch, for: self)
    pool.run(phases: 1 + frames, pieces: weights.blockCount) { phase, block, thread in
      guard phase > 0 else { return weights.pack(block) }
      let t = frames - phase
      if t < frames - 1 {
        let later = unsafe steps.sums + 4 * (t + 1) * batch * units
        unsafe weights.addProduct(
          block, MatrixPointer(UnsafePointer(later), stride: 4 * units), rows: 0..<batch, step: t,
          thread: thread, to: MatrixPointer(steps.gradient + t * batch * units, stride: units))
      }
      unsafe steps.run(t, weights.range(block))
    }
    return sums
  }
}

/// What a frame does for some units after their product.
///
/// Unsafe: the creator keeps the memory alive.
@unsafe private struct KerasLSTMSteps {
  let gates: UnsafeMutablePointer<Float>
  let cells: UnsafeMutablePointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  let initialCells: UnsafePointer<Float>
  let initialOutputs: UnsafePointer<Float>
  let batch: Int
  let units: Int
  let functions: CellFunctions
  let lengths: [Int]

  func before(_ t: Int) -> UnsafePointer<Float> {
    unsafe t == 0 ? initialOutputs : UnsafePointer(outputs + (t - 1) * batch * units)
  }

  func run(_ t: Int, _ range: Range<Int>) {
    let count = range.count
    for row in unsafe 0..<batch {
      let gate = unsafe gates + 4 * (t * batch + row) * units + range.lowerBound
      let column = unsafe row * units + range.lowerBound
      let earlier = unsafe t == 0 ? initialCells : UnsafePointer(cells + (t - 1) * batch * units)
      let c0 = unsafe earlier + column
      let (c, y) = unsafe (cells + t * batch * units + column, outputs + t * batch * units + column)
      for index in [0, 1, 3] {
        unsafe functions.gate.apply(to: gate + index * units, count: count)
      }
      unsafe functions.output.apply(to: gate + 2 * units, count: count)
      guard unsafe t < lengths[row] else {
        unsafe c.update(repeating: 0, count: count)
        unsafe y.update(repeating: 0, count: count)
        continue
      }
      for unit in 0..<count {
        unsafe c[unit] = gate[units + unit] * c0[unit] + gate[unit] * gate[2 * units + unit]
        unsafe y[unit] = c[unit]
      }
      unsafe functions.output.apply(to: y, count: count)
      for unit in 0..<count { unsafe y[unit] *= gate[3 * units + unit] }
    }
  }
}

/// The same on the way back.
@unsafe private struct KerasLSTMGradientSteps {
  let gates: UnsafePointer<Float>
  let cells: UnsafePointer<Float>
  let zeros: UnsafePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let cellGradient: UnsafeMutablePointer<Float>
  let activated: UnsafeMutablePointer<Float>
  let sums: UnsafeMutablePointer<Float>
  let batch: Int
  let units: Int
  let functions: CellFunctions
  let lengths: [Int]

  func run(_ t: Int, _ range: Range<Int>) {
    let count = range.count
    for row in unsafe 0..<batch {
      let place = unsafe 4 * (t * batch + row) * units + range.lowerBound
      let (gate, delta) = unsafe (gates + place, sums + place)
      let column = unsafe row * units + range.lowerBound
      guard unsafe t < lengths[row] else {
        for index in 0..<4 {
          unsafe (delta + index * units).update(repeating: 0, count: count)
        }
        continue
      }
      let now = unsafe t * batch * units + column
      let (dh, dc) = unsafe (gradient + now, cellGradient + column)
      let c0 = unsafe t == 0 ? zeros + column : cells + now - batch * units
      // The function of the cells, and then its slope times what flows through it.
      let value = unsafe activated + column
      unsafe value.update(from: cells + now, count: count)
      unsafe functions.output.apply(to: value, count: count)
      for unit in 0..<count {
        unsafe delta[3 * units + unit] = dh[unit] * value[unit]
        unsafe delta[unit] = dh[unit] * gate[3 * units + unit]
      }
      unsafe functions.output.multiplySlopes(at: value, into: delta, count: count)
      for unit in 0..<count {
        let flow = unsafe dc[unit] + delta[unit]
        unsafe delta[unit] = flow * gate[2 * units + unit]
        unsafe delta[units + unit] = flow * c0[unit]
        unsafe delta[2 * units + unit] = flow * gate[unit]
        unsafe dc[unit] = flow * gate[units + unit]
      }
      for index in [0, 1, 3] {
        unsafe functions.gate.multiplySlopes(
          at: gate + index * units, into: delta + index * units, count: count)
      }
      unsafe functions.output.multiplySlopes(
        at: gate + 2 * units, into: delta + 2 * units, count: count)
    }
  }
}
