import CKernels

extension Compute {
  /// Runs a GRU, the reset gate after the recurrent product, over all frames.
  ///
  /// Cho et al. 2014, in the form of PyTorch and cuDNN.
  ///
  /// - Parameters:
  ///   - inputs: What the input adds to reset, update and candidate, bias included: [frames, batch, 3 units].
  ///   - recurrent: [3 units, units].
  ///   - recurrentBias: What stands beside the candidate's recurrent product: [units].
  ///   - initial: The outputs before the first frame: [batch, units].
  ///   - lengths: Frames of each sequence; beyond them outputs are zero.
  /// - Returns: The gates, [frames, batch, 4 units]: reset, update, candidate, and the recurrent part of the last; and the
  ///   outputs, [frames, batch, units].
  func gruForward(
    _ inputs: Tensor, recurrent: Weight, recurrentBias: Tensor, initial: Tensor, lengths: [Int]
  ) -> (gates: Tensor, outputs: Tensor) {
    let (frames, batch, units) = (inputs.shape[0], inputs.shape[1], recurrentBias.count)
    precondition(inputs.columnCount == 3 * units, "three gates for each unit")
    precondition(initial.shape == [batch, units], "initial outputs [batch, units]")
    var gates = spread(inputs, recurrentBias)
    var outputs = Tensor(unwritten: [frames, batch, units])
    let active = activeRows(frames: frames, frameCounts: lengths)
    let z = unsafe gates.mutablePointer
    let h = unsafe outputs.mutablePointer
    let h0 = unsafe initial.pointer
    let steps = RecurrentProducts(recurrent, rows: batch, splitAt: 2 * units, compute: self)
    pool.run { thread in
      let rows = share(thread, of: threadCount, count: batch, grain: 1)
      let first = rows.lowerBound * units
      var products = steps.onThread(thread)
      for t in 0..<frames {
        let now = t * batch * units
        let before = unsafe t == 0 ? h0 : UnsafePointer(h + now - batch * units)
        unsafe products.prepare(before, rows)
        unsafe products.add(before, to: z + 4 * now, z + 4 * now + 3 * units, stride: 4 * units)
        pool.meet()
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_gru_step(
            rows.count, units, z + 4 * (now + first), before + first,
            flags + t * batch + rows.lowerBound, h + now + first)
        }
        pool.meet()
      }
    }
    return (gates, outputs)
  }

  /// Three quarters of each row from `inputs`, the fourth `bias`.
  private func spread(_ inputs: Tensor, _ bias: Tensor) -> Tensor {
    let units = bias.count
    var gates = Tensor(unwritten: inputs.shape.dropLast() + [4 * units])
    let (target, source, bias) = unsafe (gates.mutablePointer, inputs.pointer, bias.pointer)
    divide(inputs.rowCount, grain: 16) { rows in
      for row in rows {
        unsafe (target + row * 4 * units).update(from: source + row * 3 * units, count: 3 * units)
        unsafe (target + row * 4 * units + 3 * units).update(from: bias, count: units)
      }
    }
    return gates
  }

  /// The way back through `gruForward` from outputs that were zero before the first frame.
  ///
  /// - Returns: dL/d(inputs), [frames, batch, 3 units]; those of the recurrent weights and of the recurrent bias are added.
  func gruBackward(
    _ outputGradient: consuming Tensor, gates: Tensor, outputs: Tensor, recurrent: Tensor,
    lengths: [Int], recurrentGradient: inout Tensor, biasGradient: inout Tensor
  ) -> Tensor {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    var gradient = Tensor(unwritten: gates.shape)
    var outputGradient = outputGradient
    // What flows to before the first frame is nobody's.
    var discarded = Tensor(shape: [batch, units])
    let zeros = Tensor(shape: [batch, units])
    let active = activeRows(frames: frames, frameCounts: lengths)
    let (g, h, h0) = unsafe (gates.pointer, outputs.pointer, zeros.pointer)
    let (dz, dh, dh0) = unsafe (
      gradient.mutablePointer, outputGradient.mutablePointer, discarded.mutablePointer
    )
    let (upper, lower) = (
      recurrent.rowRange(0..<2 * units), recurrent.rowRange(2 * units..<3 * units)
    )
    pool.run { thread in
      let columns = share(thread, of: threadCount, count: units, grain: 32)
      let gatesBack = PackedColumns(upper, transposed: false, columns: columns, for: self)
      let candidateBack = PackedColumns(lower, transposed: false, columns: columns, for: self)
      var (gateSpace, candidateSpace) = (
        gatesBack.rowSpace(rows: batch), candidateBack.rowSpace(rows: batch)
      )
      let rows = share(thread, of: threadCount, count: batch, grain: 1)
      let first = rows.lowerBound * units
      for t in (0..<frames).reversed() {
        let now = t * batch * units
        let before = unsafe t == 0 ? h0 : h + now - batch * units
        let previous = unsafe t == 0 ? dh0 : dh + now - batch * units
        unsafe active.withUnsafeBufferPointer { active in
          guard let flags = active.baseAddress else { return }
          unsafe parla_gru_step_gradient(
            rows.count, units, g + 4 * (now + first), before + first,
            flags + t * batch + rows.lowerBound, dh + now + first, previous + first,
            dz + 4 * (now + first))
        }
        pool.meet()
        unsafe gatesBack.addProduct(
          rows: batch, MatrixPointer(UnsafePointer(dz + 4 * now), stride: 4 * units),
          to: MatrixPointer(previous, stride: units), space: &gateSpace)
        unsafe candidateBack.addProduct(
          rows: batch, MatrixPointer(UnsafePointer(dz + 4 * now + 3 * units), stride: 4 * units),
          to: MatrixPointer(previous, stride: units), space: &candidateSpace)
        pool.meet()
      }
    }
    addRecurrentGradients(gradient, outputs, &recurrentGradient, &biasGradient)
    return withoutLastQuarter(gradient, units: units)
  }

  private func addRecurrentGradients(
    _ gradient: Tensor, _ outputs: Tensor, _ weights: inout Tensor, _ bias: inout Tensor
  ) {
    let (frames, batch, units) = (outputs.shape[0], outputs.shape[1], outputs.columnCount)
    unsafe parla_add_column_sums(
      frames * batch, units, gradient.pointer + 3 * units, 4 * units, bias.mutablePointer)
    guard frames > 1 else { return }
    let later = unsafe gradient.pointer + batch * 4 * units
    let target = unsafe weights.mutablePointer
    for (column, row, count) in [(0, 0, 2 * units), (3 * units, 2 * units, units)] {
      unsafe product(
        MatrixPointer(later + column, stride: 4 * units).operand(transposed: true),
        MatrixPointer(outputs.pointer, stride: units).operand(), rows: count, columns: units,
        depth: (frames - 1) * batch, accumulating: true,
        into: MatrixPointer(target + row * units, stride: units))
    }
  }

  private func withoutLastQuarter(_ gradient: Tensor, units: Int) -> Tensor {
    var result = Tensor(unwritten: gradient.shape.dropLast() + [3 * units])
    let (target, source) = unsafe (result.mutablePointer, gradient.pointer)
    divide(gradient.rowCount, grain: 16) { rows in
      for row in rows {
        unsafe (target + row * 3 * units).update(from: source + row * 4 * units, count: 3 * units)
      }
    }
    return result
  }
}

extension Tensor {
  /// Rows `range` of a matrix.
  func rowRange(_ range: Range<Int>) -> Tensor {
    var result = Tensor(unwritten: [range.count, columnCount])
    let source = unsafe pointer + range.lowerBound * columnCount
    unsafe result.mutablePointer.update(from: source, count: result.count)
    return result
  }
}
