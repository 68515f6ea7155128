import CKernels

extension Compute {
  /// The first `counts` outputs of each sequence, zeros after them: [frames, batch, rows × outputs].
  package func convolution(
    _ input: Sequences, _ weight: Tensor, bias: Tensor?, _ convolution: DirectConvolution,
    counts: [Int]
  ) -> Tensor {
    let geometry = convolution.geometry
    let rows = geometry.outputHeight
    var output = Tensor(unwritten: [counts.max() ?? 0, input.count, rows * convolution.outputs])
    output.clear(beyond: counts)
    let plan = convolution.forwards
    let packed = unsafe packed(
      plan, MatrixPointer(weight.pointer, stride: weight.columnCount).operand(transposed: true),
      stepLength: geometry.heightSize * plan.channels, groups: convolution.groups,
      groupLength: plan.outputs * weight.columnCount)
    run(
      plan, packed, groups: convolution.groups, from: input.values, lengths: input.lengths,
      lineStride: geometry.channels, bias: bias, to: &output, counts: counts, rows: rows,
      lineLength: convolution.outputs)
    return output
  }

  /// The gradient of the input, whose outputs have `gradient`, [frames, batch, rows × outputs].
  package func convolutionInputGradient(
    _ gradient: Tensor, shape: [Int], lengths: [Int], _ weight: Tensor,
    _ convolution: DirectConvolution, counts: [Int]
  ) -> Tensor {
    let geometry = convolution.geometry
    var result = Tensor(shape: shape)
    for plan in convolution.backwards {
      let arranged = convolution.arranged(weight, plan)
      let size = arranged.shape[2] * arranged.shape[3]
      let packed = unsafe packed(
        plan, MatrixPointer(arranged.pointer, stride: plan.outputs).operand(), stepLength: size,
        groups: convolution.groups, groupLength: plan.time.size * size)
      let framesOut = lengths.map {
        max(0, ($0 - plan.firstFrame + plan.frameStep - 1) / plan.frameStep)
      }
      let lines = (geometry.inputHeight - plan.firstLine + plan.lineStep - 1) / plan.lineStep
      run(
        plan, packed, groups: convolution.groups, from: gradient, lengths: counts,
        lineStride: convolution.outputs, bias: nil, to: &result, counts: framesOut, rows: lines,
        lineLength: geometry.channels)
    }
    return result
  }

  /// Does `plan` for all groups of all sequences, of which `counts` frames of `rows` lines of `lineLength` numbers come out.
  ///
  /// Lines of what is read start `lineStride` numbers apart.
  private func run(
    _ plan: ConvolutionPlan, _ packed: Tensor, groups: Int, from input: Tensor,
    lengths: [Int], lineStride: Int, bias: Tensor?, to output: inout Tensor, counts: [Int],
    rows: Int, lineLength: Int
  ) {
    let (batch, width) = (lengths.count, output.columnCount)
    let pieces = plan.pieces(counts: counts, groups: groups)
    let most = pieces.map(\.range.count).max() ?? 0
    guard most > 0, rows > 0 else { return }
    let (windows, lines) = plan.isTimeInHeight ? (1, most) : (most, rows)
    var room = plan.convolution(
      length: lengths.max() ?? 0, frameStride: batch * input.columnCount, lineStride: lineStride)
    let size =
      unsafe (parla_convolution_workspace_count(kernel, &room, windows, lines) + 15) / 16
      * 16
    var workspaces = Tensor(unwritten: [threadCount, size])
    nonisolated(unsafe) let workspace = unsafe workspaces.units
    nonisolated(unsafe) let weights = unsafe packed.readUnits
    nonisolated(unsafe) let (x, y) = unsafe (input.pointer, output.mutablePointer)
    nonisolated(unsafe) let (b, kernel) = unsafe (bias?.pointer, self.kernel)
    pool.run(pieces: pieces.count) { _, index, thread in
      let piece = pieces[index]
      var own = plan.convolution(
        length: lengths[piece.number], frameStride: batch * input.columnCount,
        lineStride: lineStride)
      let (windows, lines) = plan.isTimeInHeight ? (0..<1, piece.range) : (piece.range, 0..<rows)
      let frameStride = plan.frameStep * batch * width
      let start =
        piece.number * width + plan.firstFrame * batch * width + plan.firstLine * lineLength
        + piece.group * plan.outputs
      unsafe parla_convolve(
        kernel, &own, windows.lowerBound, windows.upperBound, lines.lowerBound, lines.upperBound,
        x + piece.number * input.columnCount + piece.group * plan.channels,
        weights + piece.group * packed.columnCount, plan.outputs,
        b.map { unsafe $0 + piece.group * plan.outputs },
        y + start, frameStride, plan.isTimeInHeight ? frameStride : plan.lineStep * lineLength,
        workspace + thread * size)
    }
    withExtendedLifetime(workspaces) {}
  }

  /// The weights of all groups as products read them, [groups, units].
  @unsafe private func packed(
    _ plan: ConvolutionPlan, _ weights: parla_operand, stepLength: Int, groups: Int,
    groupLength: Int
  ) -> Tensor {
    var own = plan.convolution(length: 1, frameStride: 0, lineStride: 0)
    let count = unsafe parla_convolution_weight_count(kernel, &own, plan.outputs)
    let blocks = unsafe parla_convolution_block_count(kernel, &own)
    var result = Tensor(unwritten: [groups, count])
    nonisolated(unsafe) let target = unsafe result.units
    nonisolated(unsafe) let (kernel, weights) = unsafe (self.kernel, weights)
    divide(groups * blocks) { range in
      var own = plan.convolution(length: 1, frameStride: 0, lineStride: 0)
      for index in range {
        let group = index / blocks
        let matrix = unsafe parla_operand(
          values: weights.values + group * groupLength, stride: weights.stride,
          transposed: weights.transposed)
        unsafe parla_pack_convolution_weights(
          kernel, &own, plan.outputs, matrix, stepLength, index % blocks, target + group * count)
      }
    }
    return result
  }
}

extension Tensor {
  /// The memory as units of 32 bits that kernels pack numbers in.
  var units: UnsafeMutablePointer<UInt32> {
    mutating get {
      unsafe UnsafeMutableRawPointer(mutablePointer).assumingMemoryBound(to: UInt32.self)
    }
  }

  var readUnits: UnsafePointer<UInt32> {
    unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self)
  }
}
