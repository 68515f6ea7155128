import CKernels

/// Weights of 4 bits, packed as `CKernels/int4_kernels.h` describes.
extension WeightMatrix {
  /// Whether weights of this shape are kept in 4 bits where those are asked for.
  ///
  /// Small matrices stay in the nearest cache whatever their form, and networks are more sensitive to their errors.
  static func gainsFromFourBits(outputCount: Int, inputCount: Int) -> Bool {
    min(outputCount, inputCount) >= 256
  }

  /// The weights of `tensor`, [outputs, inputs], in 4 bits whatever their shape.
  init(fourBits tensor: Tensor) {
    unsafe self.init(fourBits: tensor.shape[0], tensor.shape[1]) { body in
      for row in 0..<tensor.shape[0] { unsafe body(row, tensor.pointer + row * tensor.shape[1]) }
    }
  }

  /// Weights of 4 bits, whatever their shape; `forEachRow` calls its argument with each row's number and floats.
  init(
    fourBits outputCount: Int, _ inputCount: Int,
    forEachRow: ((Int, UnsafePointer<Float>) -> Void) -> Void
  ) {
    var totals = [Float](repeating: 0, count: outputCount)
    let byteCount = parla_int4_size(inputCount, outputCount)
    let packed = unsafe WeightMemory(byteCount: byteCount) { bytes in
      unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      let target = unsafe bytes.assumingMemoryBound(to: UInt8.self)
      unsafe forEachRow { row, source in
        unsafe parla_int4_set_row(inputCount, row, source, target, &totals[row])
      }
    }
    self.init(
      outputCount: outputCount, inputCount: inputCount, precision: .int4, memory: packed,
      stride: inputCount, segments: [Segment(outputs: 0..<outputCount, offset: 0)],
      totals: totals)
  }
}
