import CKernels

/// A layer's weights, [outputs, inputs], for inference: mapped from a file, or quantised from it.
package struct WeightMatrix: Sendable {
  package let outputCount: Int
  package let inputCount: Int

  /// In what form the numbers are.
  package let precision: WeightPrecision

  let memory: WeightMemory
  /// Numbers between the starts of successive rows.
  let stride: Int
  /// Where the rows are, for outputs in order.
  let segments: [Segment]
  /// What a row's bytes are to be multiplied by, and their sum; empty unless the precision is int8.
  let scales: [Float]
  let sums: [Int32]
  /// The sum of what a row's numbers represent; empty unless the precision is int4.
  let totals: [Float]

  /// Successive outputs whose rows follow one another in memory.
  package struct Segment: Sendable {
    /// The outputs whose rows these are.
    package let outputs: Range<Int>
    /// Where the first of them starts, in numbers after the memory's start.
    package let offset: Int

    /// Rows of `outputs` of which the first starts `offset` numbers after the memory's start.
    package init(outputs: Range<Int>, offset: Int) {
      self.outputs = outputs
      self.offset = offset
    }
  }

  init(
    outputCount: Int, inputCount: Int, precision: WeightPrecision, memory: WeightMemory,
    stride: Int, segments: [Segment], scales: [Float] = [], sums: [Int32] = [],
    totals: [Float] = []
  ) {
    self.outputCount = outputCount
    self.inputCount = inputCount
    self.precision = precision
    self.memory = memory
    self.stride = stride
    self.segments = segments
    self.scales = scales
    self.sums = sums
    self.totals = totals
  }

  /// The bytes of all rows, in order, and their scales.
  ///
  /// The precision must be int8.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer, [Float]) -> Result) -> Result {
    precondition(precision == .int8 && segments.count == 1, "bytes, row after row")
    return unsafe body(
      UnsafeRawBufferPointer(start: memory.pointer, count: outputCount * inputCount), scales)
  }

  /// Whether all numbers are numbers, and finite.
  package var isFinite: Bool {
    switch precision {
    case .int4: return totals.allSatisfy(\.isFinite)
    case .int8: return scales.allSatisfy(\.isFinite)
    case .bfloat16:
      let halves = unsafe memory.pointer.assumingMemoryBound(to: UInt16.self)
      var highest: UInt16 = 0
      for index in 0..<outputCount * inputCount {
        unsafe highest = max(highest, halves[index] & 0x7fff)
      }
      return highest < 0x7f80
    case .float32:
      let floats = unsafe memory.pointer.assumingMemoryBound(to: Float.self)
      return segments.allSatisfy { segment in
        segment.outputs.indices.allSatisfy { index in
          unsafe areFiniteNumbers(
            floats + segment.offset + (index - segment.outputs.lowerBound) * stride,
            count: inputCount)
        }
      }
    }
  }

  /// More inputs than this do not go into a sum of 32 bits.
  private static let int8InputLimit = 65536
}

// MARK: - From floats

extension WeightMatrix {
  /// The weights of `tensor`, [outputs, inputs]; in float32 they share its memory.
  package init(_ tensor: Tensor, precision: WeightPrecision) {
    precondition(tensor.shape.count == 2, "weights [outputs, inputs]")
    let memory = unsafe WeightMemory(UnsafeRawPointer(tensor.pointer), owner: tensor)
    self.init(
      floats: memory, outputCount: tensor.shape[0], inputCount: tensor.shape[1],
      stride: tensor.shape[1],
      segments: [Segment(outputs: 0..<tensor.shape[0], offset: 0)], precision: precision)
  }

  /// The float32 weights in `memory`; in float32 they stay there.
  package init(
    floats memory: WeightMemory, outputCount: Int, inputCount: Int, stride: Int,
    segments: [Segment], precision: WeightPrecision
  ) {
    let whole = [Segment(outputs: 0..<outputCount, offset: 0)]
    switch Self.precision(precision, outputCount: outputCount, inputCount: inputCount) {
    case .float32:
      self.init(
        outputCount: outputCount, inputCount: inputCount, precision: .float32, memory: memory,
        stride: stride, segments: segments)
    case .bfloat16:
      let halves = unsafe WeightMemory(byteCount: 2 * outputCount * inputCount) { bytes in
        let target = unsafe bytes.assumingMemoryBound(to: UInt16.self)
        unsafe Self.forEachRow(segments, memory, stride) { row, source in
          unsafe parla_to_bf16(inputCount, source, target + row * inputCount)
        }
      }
      self.init(
        outputCount: outputCount, inputCount: inputCount, precision: .bfloat16, memory: halves,
        stride: inputCount, segments: whole)
    case .int4:
      unsafe self.init(fourBits: outputCount, inputCount) { body in
        unsafe Self.forEachRow(segments, memory, stride, body)
      }
    case .int8:
      var scales = [Float](repeating: 0, count: outputCount)
      let bytes = unsafe WeightMemory(byteCount: outputCount * inputCount) { bytes in
        let target = unsafe bytes.assumingMemoryBound(to: Int8.self)
        unsafe Self.forEachRow(segments, memory, stride) { row, source in
          unsafe parla_int8_weights(
            inputCount, 1, source, inputCount, target + row * inputCount, inputCount, &scales[row])
        }
      }
      self.init(bytes: bytes, inputCount: inputCount, scales: scales, precision: .int8)
    }
  }

  /// What weights of this shape are kept in where `precision` is asked for.
  private static func precision(
    _ precision: WeightPrecision, outputCount: Int, inputCount: Int
  ) -> WeightPrecision {
    switch precision {
    case .int4 where !gainsFromFourBits(outputCount: outputCount, inputCount: inputCount):
      self.precision(.int8, outputCount: outputCount, inputCount: inputCount)
    case .int8 where inputCount > int8InputLimit: .bfloat16
    default: precision
    }
  }

  private static func forEachRow(
    _ segments: [Segment], _ memory: WeightMemory, _ stride: Int,
    _ body: (Int, UnsafePointer<Float>) -> Void
  ) {
    let start = unsafe memory.pointer.assumingMemoryBound(to: Float.self)
    for segment in segments {
      for (index, row) in segment.outputs.enumerated() {
        unsafe body(row, start + segment.offset + index * stride)
      }
    }
  }
}

// MARK: - From bytes

extension WeightMatrix {
  /// The signed bytes in `memory`, row after row, each to be multiplied by its output's scale; in int8 they stay there.
  package init(
    bytes memory: WeightMemory, inputCount: Int, scales: [Float], precision: WeightPrecision
  ) {
    let rows = [Segment(outputs: 0..<scales.count, offset: 0)]
    let kept = Self.precision(precision, outputCount: scales.count, inputCount: inputCount)
    switch kept {
    case .bfloat16, .float32:
      self.init(
        Self.floats(memory, inputCount, scales, rows: scales.indices), precision: kept)
    case .int4:
      unsafe self.init(fourBits: scales.count, inputCount) { body in
        for row in scales.indices {
          let numbers = Self.floats(memory, inputCount, scales, rows: row..<row + 1)
          unsafe body(row, numbers.pointer)
        }
      }
    case .int8:
      self.init(
        outputCount: scales.count, inputCount: inputCount, precision: .int8, memory: memory,
        stride: inputCount, segments: rows, scales: scales,
        sums: Self.rowSums(memory, inputCount, scales.count))
    }
  }

  private static func rowSums(
    _ memory: WeightMemory, _ inputCount: Int, _ outputCount: Int
  ) -> [Int32] {
    let start = unsafe memory.pointer.assumingMemoryBound(to: Int8.self)
    return unsafe [Int32](unsafeUninitializedCapacity: outputCount) { sums, count in
      count = outputCount
      guard let target = sums.baseAddress else { return }
      unsafe parla_int8_row_sums(inputCount, outputCount, start, inputCount, target)
    }
  }

  private static func floats(
    _ memory: WeightMemory, _ inputCount: Int, _ scales: [Float], rows: Range<Int>
  ) -> Tensor {
    var result = Tensor(unwritten: [rows.count, inputCount])
    let target = unsafe result.mutablePointer
    let start = unsafe memory.pointer.assumingMemoryBound(to: Int8.self)
    for (index, row) in rows.enumerated() {
      let scale = scales[row]
      for input in 0..<inputCount {
        unsafe target[index * inputCount + input] =
          Float(start[row * inputCount + input]) * scale
      }
    }
    return result
  }
}
