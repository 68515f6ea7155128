/// What a GRU computed forwards, as its way back needs it.
package struct KerasGRUActivations {
  /// Update, reset and candidate, with their functions applied: [frames, batch, 3 units].
  package var gates: Tensor
  /// The outputs before each frame, behind the reset gate: [frames, batch, units].
  package var resets: Tensor
  /// The outputs of each frame: [frames, batch, units].
  package var outputs: Tensor

  /// Joins what was computed, or kept of it.
  package init(gates: Tensor, resets: Tensor, outputs: Tensor) {
    self.gates = gates
    self.resets = resets
    self.outputs = outputs
  }
}

extension Compute {
  /// Runs a GRU, the reset gate before the recurrent product, over all frames.
  ///
  /// Cho et al. 2014, eq. 5 to 8. Each frame has two phases, since the candidate's product is of what the reset gate lets through.
  ///
  /// - Parameters:
  ///   - sums: What the input adds to update, reset and candidate, bias included: [frames, batch, 3 units].
  ///   - recurrent: [3 units, units].
  ///   - functions: Those of the gates and of the candidate.
  ///   - initial: The outputs before the first frame: [batch, units].
  ///   - lengths: Frames of each sequence; beyond them outputs are zero.
  /// - Returns: The gates, what the reset gate let through, and the outputs of all frames.
  package func kerasGRUForward(
    _ sums: consuming Tensor, recurrent: Weight, functions: CellFunctions, initial: Tensor,
    lengths: [Int]
  ) -> KerasGRUActivations {
    let (frames, batch, units) = (sums.shape[0], sums.shape[1], initial.columnCount)
    precondition(sums.columnCount == 3 * units, "three gates for each unit")
    precondition(initial.shape == [batch, units], "initial outputs [batch, units]")
    var result = KerasGRUActivations(
      gates: sums, resets: Tensor(unwritten: [frames, batch, units]),
      outputs: Tensor(unwritten: [frames, batch, units]))
    let steps = unsafe KerasGRUSteps(
      gates: result.gates.mutablePointer, resets: result.resets.mutablePointer,
      outputs: result.outputs.mutablePointer, initial: initial.pointer, batch: batch, units: units,
      functions: functions, lengths: lengths)
    switch recurrent {
    case .tensor(let weight): unsafe walk(steps, weight, frames: frames)
    case .matrix(let weights, _): unsafe infer(steps, weights, frames: frames)
    }
    return result
  }

  @unsafe private func walk(_ steps: KerasGRUSteps, _ weight: Tensor, frames: Int) {
    let (batch, units) = unsafe (steps.batch, steps.units)
    nonisolated(unsafe) let steps = unsafe steps
    let gates = unsafe RecurrentWeights(
      MatrixPointer(weight.pointer, stride: units).operand(transposed: true), groups: 2,
      units: units, depth: units, rows: batch, for: self)
    let candidates = unsafe RecurrentWeights(
      MatrixPointer(weight.pointer + 2 * units * units, stride: units).operand(transposed: true),
      groups: 1, units: units, depth: units, rows: batch, for: self)
    pool.run(phases: 1 + 2 * frames, pieces: gates.blockCount) { phase, block, thread in
      guard phase > 0 else {
        gates.pack(block)
        candidates.pack(block)
        return
      }
      let (t, isCandidate) = ((phase - 1) / 2, phase % 2 == 0)
      let place = unsafe steps.gates + 3 * t * batch * units
      if isCandidate {
        unsafe candidates.addProduct(
          block, MatrixPointer(steps.resets + t * batch * units, stride: units), rows: 0..<batch,
          step: t, thread: thread, to: MatrixPointer(place + 2 * units, stride: 3 * units))
        unsafe steps.finish(t, gates.range(block))
      } else {
        unsafe gates.addProduct(
          block, MatrixPointer(steps.before(t), stride: units), rows: 0..<batch, step: t,
          thread: thread, to: MatrixPointer(place, stride: 3 * units))
        unsafe steps.begin(t, gates.range(block))
      }
    }
  }

  @unsafe private func infer(_ steps: KerasGRUSteps, _ weights: WeightMatrix, frames: Int) {
    let (batch, units) = unsafe (steps.batch, steps.units)
    precondition(weights.outputCount == 3 * units, "three gates for each unit")
    nonisolated(unsafe) let steps = unsafe steps
    let source: @Sendable (Int) -> UnsafePointer<Float> = { phase in
      unsafe phase % 2 == 0
        ? steps.before(phase / 2) : UnsafePointer(steps.resets + phase / 2 * batch * units)
    }
    let sums: @Sendable (Int) -> RecurrentSums = { phase in
      unsafe RecurrentSums(
        steps.gates + 3 * (phase / 2) * batch * units, gates: phase % 2 == 0 ? 0..<2 : 2..<3,
        stride: 3 * units)
    }
    unsafe walk(
      weights, phases: 2 * frames, rows: batch, units: units, from: source, to: sums
    ) { phase, range in
      unsafe phase % 2 == 0 ? steps.begin(phase / 2, range) : steps.finish(phase / 2, range)
    }
  }

  /// The way back through `kerasGRUForward` from outputs that were zero before the first frame.
  ///
  /// - Returns: dL/d(sums), [frames, batch, 3 units]; the recurrent weights' gradient is added.
  package func kerasGRUBackward(
    _ outputGradient: consuming Tensor, _ activations: KerasGRUActivations, recurrent: Tensor,
    functions: CellFunctions, lengths: [Int], recurrentGradient: inout Tensor
  ) -> Tensor {
    let outputs = activations.outputs
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    var (gradient, sums) = (outputGradient, Tensor(unwritten: activations.gates.shape))
    var resetGradient = Tensor(unwritten: [batch, units])
    let zeros = Tensor(shape: [batch, units])
    nonisolated(unsafe) let steps = unsafe KerasGRUGradientSteps(
      gates: activations.gates.pointer, outputs: outputs.pointer, zeros: zeros.pointer,
      gradient: gradient.mutablePointer, sums: sums.mutablePointer,
      reset: resetGradient.mutablePointer, batch: batch, units: units, functions: functions,
      lengths: lengths)
    let gates = unsafe RecurrentWeights(
      MatrixPointer(recurrent.pointer, stride: units).operand(), groups: 1, units: units,
      depth: 2 * units, rows: batch, for: self)
    let candidates = unsafe RecurrentWeights(
      MatrixPointer(recurrent.pointer + 2 * units * units, stride: units).operand(), groups: 1,
      units: units, depth: units, rows: batch, for: self)
    pool.run(phases: 1 + 2 * frames, pieces: gates.blockCount) { phase, block, thread in
      guard phase > 0 else {
        gates.pack(block)
        candidates.pack(block)
        return
      }
      let (t, isReset) = (frames - 1 - (phase - 1) / 2, phase % 2 == 0)
      let range = gates.range(block)
      let place = unsafe steps.sums + 3 * t * batch * units
      if isReset {
        unsafe steps.clear(range)
        unsafe candidates.addProduct(
          block, MatrixPointer(UnsafePointer(place + 2 * units), stride: 3 * units),
          rows: 0..<batch, step: t, thread: thread, to: MatrixPointer(steps.reset, stride: units))
        unsafe steps.finish(t, range)
      } else {
        if t < frames - 1 {
          unsafe gates.addProduct(
            block, MatrixPointer(UnsafePointer(place + 3 * batch * units), stride: 3 * units),
            rows: 0..<batch, step: t, thread: thread,
            to: MatrixPointer(steps.gradient + t * batch * units, stride: units))
        }
        unsafe steps.begin(t, range)
      }
    }
    addRecurrentGradients(sums, activations, &recurrentGradient)
    return sums
  }

  private func addRecurrentGradients(
    _ sums: Tensor, _ activations: KerasGRUActivations, _ gradient: inout Tensor
  ) {
    let outputs = activations.outputs
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    guard frames > 1 else { return }
    let first = batch * units
    unsafe product(
      MatrixPointer(sums.pointer + 3 * first, stride: 3 * units).operand(transposed: true),
      MatrixPointer(outputs.pointer, stride: units).operand(), rows: 2 * units, columns: units,
      depth: (frames - 1) * batch, accumulating: true,
      into: MatrixPointer(gradient.mutablePointer, stride: units))
    unsafe product(
      MatrixPointer(sums.pointer + 3 * first + 2 * units, stride: 3 * units)
        .operand(transposed: true),
      MatrixPointer(activations.resets.pointer + first, stride: units).operand(), rows: units,
      columns: units, depth: (frames - 1) * batch, accumulating: true,
      into: MatrixPointer(gradient.mutablePointer + 2 * units * units, stride: units))
  }
}

/// What a frame's two phases do for some units after their products.
///
/// Unsafe: the creator keeps the memory alive.
@unsafe private struct KerasGRUSteps {
  let gates: UnsafeMutablePointer<Float>
  let resets: UnsafeMutablePointer<Float>
  let outputs: UnsafeMutablePointer<Float>
  let initial: UnsafePointer<Float>
  let batch: Int
  let units: Int
  let functions: CellFunctions
  let lengths: [Int]

  func before(_ t: Int) -> UnsafePointer<Float> {
    unsafe t == 0 ? initial : UnsafePointer(outputs + (t - 1) * batch * units)
  }

  /// Update and reset, and what reset lets through.
  func begin(_ t: Int, _ range: Range<Int>) {
    for row in unsafe 0..<batch {
      let (own, count) = unsafe (
        gates + 3 * (t * batch + row) * units + range.lowerBound, range.count
      )
      unsafe functions.gate.apply(to: own, count: count)
      unsafe functions.gate.apply(to: own + units, count: count)
      let (h, kept) = unsafe (
        before(t) + row * units + range.lowerBound,
        resets + (t * batch + row) * units + range.lowerBound
      )
      for unit in 0..<count { unsafe kept[unit] = own[units + unit] * h[unit] }
    }
  }

  /// The candidate, and the output: z h + (1 - z) c.
  func finish(_ t: Int, _ range: Range<Int>) {
    for row in unsafe 0..<batch {
      let (own, count) = unsafe (
        gates + 3 * (t * batch + row) * units + range.lowerBound, range.count
      )
      let candidate = unsafe own + 2 * units
      unsafe functions.output.apply(to: candidate, count: count)
      let h = unsafe before(t) + row * units + range.lowerBound
      let y = unsafe outputs + (t * batch + row) * units + range.lowerBound
      guard unsafe t < lengths[row] else {
        unsafe y.update(repeating: 0, count: count)
        continue
      }
      for unit in 0..<count {
        unsafe y[unit] = own[unit] * h[unit] + (1 - own[unit]) * candidate[unit]
      }
    }
  }
}

/// The same on the way back.
@unsafe private struct KerasGRUGradientSteps {
  let gates: UnsafePointer<Float>
  let outputs: UnsafePointer<Float>
  let zeros: UnsafePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let sums: UnsafeMutablePointer<Float>
  let reset: UnsafeMutablePointer<Float>
  let batch: Int
  let units: Int
  let functions: CellFunctions
  let lengths: [Int]

  private func before(_ t: Int) -> UnsafePointer<Float> {
    unsafe t == 0 ? zeros : outputs + (t - 1) * batch * units
  }

  /// The gradients of update's and candidate's sums.
  func begin(_ t: Int, _ range: Range<Int>) {
    for row in unsafe 0..<batch {
      let place = unsafe 3 * (t * batch + row) * units + range.lowerBound
      let (own, delta) = unsafe (gates + place, sums + place)
      let dh = unsafe gradient + (t * batch + row) * units + range.lowerBound
      let h = unsafe before(t) + row * units + range.lowerBound
      let count = range.count
      let isPadding = unsafe t >= lengths[row]
      if isPadding { unsafe dh.update(repeating: 0, count: count) }
      for unit in 0..<count {
        let (z, c) = unsafe (own[unit], own[2 * units + unit])
        unsafe delta[unit] = dh[unit] * (h[unit] - c)
        unsafe delta[2 * units + unit] = dh[unit] * (1 - z)
      }
      unsafe functions.gate.multiplySlopes(at: own, into: delta, count: count)
      unsafe functions.output.multiplySlopes(
        at: own + 2 * units, into: delta + 2 * units, count: count)
    }
  }

  func clear(_ range: Range<Int>) {
    for row in unsafe 0..<batch {
      unsafe (reset + row * units + range.lowerBound).update(repeating: 0, count: range.count)
    }
  }

  /// Reset's sums, and what flows to the frame before by other ways than update's and reset's products.
  func finish(_ t: Int, _ range: Range<Int>) {
    for row in unsafe 0..<batch {
      let place = unsafe 3 * (t * batch + row) * units + range.lowerBound
      let (own, delta) = unsafe (gates + place, sums + place + units)
      let column = unsafe row * units + range.lowerBound
      let (drh, dh) = unsafe (reset + column, gradient + t * batch * units + column)
      let h = unsafe before(t) + column
      for unit in 0..<range.count { unsafe delta[unit] = drh[unit] * h[unit] }
      unsafe functions.gate.multiplySlopes(at: own + units, into: delta, count: range.count)
      guard t > 0 else { continue }
      let earlier = unsafe dh - batch * units
      for unit in 0..<range.count {
        unsafe earlier[unit] += dh[unit] * own[unit] + drh[unit] * own[units + unit]
      }
    }
  }
}
