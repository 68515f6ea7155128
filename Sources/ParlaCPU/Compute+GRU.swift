import CKernels

extension Compute {
  /// Runs a GRU, the reset gate after the recurrent product, over all frames.
  ///
  /// Cho et al. 2014, in the form of PyTorch and cuDNN. Threads share the work as in `lstmForward`.
  ///
  /// - Parameters:
  ///   - inputs: What the input adds to reset, update and candidate, bias included: [frames, batch, 3 units].
  ///   - recurrent: [3 units, units].
  ///   - recurrentBias: The bias added to the candidate's recurrent product: [units].
  ///   - initial: The outputs before the first frame: [batch, units].
  ///   - lengths: Frames of each sequence; beyond them outputs are zero.
  /// - Returns: The gates, [frames, batch, 4 units]: reset, update, the candidate's recurrent part, and the candidate; and
  ///   the outputs, [frames, batch, units].
  package func gruForward(
    _ inputs: Tensor, recurrent: Weight, recurrentBias: Tensor, initial: Tensor, lengths: [Int]
  ) -> (gates: Tensor, outputs: Tensor) {
    let units = recurrentBias.count
    precondition(inputs.columnCount == 3 * units, "three gates for each unit")
    precondition(initial.shape == [inputs.shape[1], units], "initial outputs [batch, units]")
    var gates = spread(inputs, recurrentBias)
    var outputs = Tensor(unwritten: [inputs.shape[0], inputs.shape[1], units])
    let active = activeRows(frames: inputs.shape[0], frameCounts: lengths)
    switch recurrent {
    case .tensor(let weight): walk(&gates, &outputs, weight, initial, active)
    case .matrix(let weight, _): infer(&gates, &outputs, weight, initial, active)
    }
    return (gates, outputs)
  }

  private func walk(
    _ gates: inout Tensor, _ outputs: inout Tensor, _ weight: Tensor, _ initial: Tensor,
    _ active: [UInt8]
  ) {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    nonisolated(unsafe) let z = unsafe gates.mutablePointer
    nonisolated(unsafe) let h = unsafe outputs.mutablePointer
    nonisolated(unsafe) let h0 = unsafe initial.pointer
    let weights = unsafe RecurrentWeights(
      MatrixPointer(weight.pointer, stride: units).operand(transposed: true), groups: 3,
      units: units, depth: units, rows: batch, for: self)
    measured(.forwards, frames, batch, units) { division in
      weights.walk(0..<frames, division, in: pool) { t, block, rows, thread in
        let now = t * batch * units
        let before = unsafe t == 0 ? h0 : UnsafePointer(h + now - batch * units)
        unsafe weights.addProduct(
          block, MatrixPointer(before, stride: units), rows: rows,
          step: t * batch + rows.lowerBound, thread: thread,
          to: MatrixPointer(z + 4 * now, stride: 4 * units))
        let range = weights.range(block)
        let first = rows.lowerBound * units + range.lowerBound
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_gru_step(
            rows.count, units, range.count,
            z + 4 * (now + rows.lowerBound * units) + range.lowerBound, before + first,
            flags + t * batch + rows.lowerBound, h + now + first)
        }
      }
    }
  }

  private func infer(
    _ gates: inout Tensor, _ outputs: inout Tensor, _ weights: WeightMatrix, _ initial: Tensor,
    _ active: [UInt8]
  ) {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    precondition(weights.outputCount == 3 * units, "three gates for each unit")
    nonisolated(unsafe) let z = unsafe gates.mutablePointer
    nonisolated(unsafe) let h = unsafe outputs.mutablePointer
    nonisolated(unsafe) let h0 = unsafe initial.pointer
    measured(.inference, frames, batch, units) { _ in
      let before: @Sendable (Int) -> UnsafePointer<Float> = { t in
        unsafe t == 0 ? h0 : UnsafePointer(h + (t - 1) * batch * units)
      }
      let sums: @Sendable (Int) -> RecurrentSums = { t in
        unsafe RecurrentSums(z + t * batch * 4 * units, gates: 0..<3, stride: 4 * units)
      }
      unsafe walk(
        weights, phases: frames, rows: batch, units: units, from: before, to: sums
      ) { t, range in
        let first = range.lowerBound
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_gru_step(
            batch, units, range.count, z + t * batch * 4 * units + first, before(t) + first,
            flags + t * batch, h + t * batch * units + first)
        }
      }
    }
  }

  /// The way back through `gruForward` from outputs that were zero before the first frame.
  ///
  /// - Returns: dL/d(inputs), [frames, batch, 3 units]; those of the recurrent weights and of the recurrent bias are added.
  package func gruBackward(
    _ outputGradient: consuming Tensor, gates: Tensor, outputs: Tensor, recurrent: Tensor,
    lengths: [Int], recurrentGradient: inout Tensor, biasGradient: inout Tensor
  ) -> Tensor {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    var gradient = Tensor(unwritten: gates.shape)
    var outputGradient = outputGradient
    // The gradient of the frame before the first is not used.
    var discarded = Tensor(shape: [batch, units])
    let zeros = Tensor(shape: [batch, units])
    let active = activeRows(frames: frames, frameCounts: lengths)
    nonisolated(unsafe) let (g, h, h0) = unsafe (gates.pointer, outputs.pointer, zeros.pointer)
    nonisolated(unsafe) let dz = unsafe gradient.mutablePointer
    nonisolated(unsafe) let dh = unsafe outputGradient.mutablePointer
    nonisolated(unsafe) let dh0 = unsafe discarded.mutablePointer
    let weights = unsafe RecurrentWeights(
      MatrixPointer(recurrent.pointer, stride: units).operand(), groups: 1, units: units,
      depth: 3 * units, rows: batch, for: self)
    measured(.backwards, frames, batch, units) { division in
      weights.walk(0..<frames, division, in: pool) { step, block, rows, thread in
        let t = frames - 1 - step
        let now = t * batch * units
        if step > 0 {
          let after = unsafe dz + 4 * (now + batch * units)
          unsafe weights.addProduct(
            block, MatrixPointer(UnsafePointer(after), stride: 4 * units), rows: rows,
            step: step * batch + rows.lowerBound, thread: thread,
            to: MatrixPointer(dh + now, stride: units))
        }
        let range = weights.range(block)
        let first = rows.lowerBound * units + range.lowerBound
        let firstGate = 4 * (now + rows.lowerBound * units) + range.lowerBound
        let before = unsafe t == 0 ? h0 : h + now - batch * units
        let previous = unsafe t == 0 ? dh0 : dh + now - batch * units
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_gru_step_gradient(
            rows.count, units, range.count, g + firstGate, before + first,
            flags + t * batch + rows.lowerBound, dh + now + first, previous + first,
            dz + firstGate)
        }
      }
    }
    addRecurrentGradients(gradient, outputs, &recurrentGradient, &biasGradient)
    return gathered(gradient, units: units)
  }

  private func addRecurrentGradients(
    _ gradient: Tensor, _ outputs: Tensor, _ weights: inout Tensor, _ bias: inout Tensor
  ) {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    unsafe parla_add_column_sums(
      frames * batch, units, gradient.pointer + 2 * units, 4 * units, bias.mutablePointer)
    guard frames > 1 else { return }
    unsafe product(
      MatrixPointer(gradient.pointer + batch * 4 * units, stride: 4 * units)
        .operand(transposed: true),
      MatrixPointer(outputs.pointer, stride: units).operand(), rows: 3 * units, columns: units,
      depth: (frames - 1) * batch, accumulating: true,
      into: MatrixPointer(weights.mutablePointer, stride: units))
  }

  /// Reset and update, `bias`, and the candidate of each row.
  private func spread(_ inputs: Tensor, _ bias: Tensor) -> Tensor {
    let units = bias.count
    var gates = Tensor(unwritten: inputs.shape.dropLast() + [4 * units])
    nonisolated(unsafe) let target = unsafe gates.mutablePointer
    nonisolated(unsafe) let (source, bias) = unsafe (inputs.pointer, bias.pointer)
    divide(inputs.rowCount, grain: 16) { rows in
      for row in rows {
        let (to, from) = unsafe (target + row * 4 * units, source + row * 3 * units)
        unsafe to.update(from: from, count: 2 * units)
        unsafe (to + 2 * units).update(from: bias, count: units)
        unsafe (to + 3 * units).update(from: from + 2 * units, count: units)
      }
    }
    return gates
  }

  /// The same back: without the third quarter.
  private func gathered(_ gradient: Tensor, units: Int) -> Tensor {
    var result = Tensor(unwritten: gradient.shape.dropLast() + [3 * units])
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source = unsafe gradient.pointer
    divide(gradient.rowCount, grain: 16) { rows in
      for row in rows {
        let (to, from) = unsafe (target + row * 3 * units, source + row * 4 * units)
        unsafe to.update(from: from, count: 2 * units)
        unsafe (to + 2 * units).update(from: from + 3 * units, count: units)
      }
    }
    return result
  }
}

extension Tensor {
  /// Rows `range` of a matrix.
  package func rowRange(_ range: Range<Int>) -> Tensor {
    var result = Tensor(unwritten: [range.count, columnCount])
    let source = unsafe pointer + range.lowerBound * columnCount
    unsafe result.mutablePointer.update(from: source, count: result.count)
    return result
  }
}
