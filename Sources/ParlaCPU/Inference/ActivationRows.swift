import CKernels

/// Rows of activations as products with weights take them: floats, and for weights of 8 or 4 bits the same quantised.
///
/// Unsafe: it writes to memory that the caller keeps for it.
@unsafe struct ActivationRows {
  let rows: Int
  let depth: Int
  let floats: MatrixPointer
  /// The number of bytes per activation; 0 if floats are multiplied.
  private let planes: Int
  private let bytes: UnsafeMutablePointer<UInt8>
  private let quantization: UnsafeMutablePointer<parla_quantization>
  /// For each group of inputs, what products with weights of 4 bits add; nil for other weights.
  private let offsets: UnsafeMutablePointer<Int32>?

  /// Describes `rows` rows at `floats` for products with `weights`; `workspace` is kept by the caller.
  init(
    _ floats: MatrixPointer, rows: Int, for weights: WeightMatrix,
    isFine: Bool, workspace: ActivationWorkspace
  ) {
    unsafe self.floats = floats
    unsafe self.rows = rows
    unsafe depth = weights.inputCount
    let isInteger = weights.precision == .int8 || weights.precision == .int4
    unsafe planes = isInteger ? (isFine ? 2 : 1) : 0
    unsafe bytes = workspace.bytes
    unsafe quantization = workspace.quantization
    unsafe offsets = weights.precision == .int4 ? workspace.offsets : nil
  }

  /// Quantises some of the rows, if the weights want it, on the calling thread.
  func prepare(_ range: Range<Int>) {
    guard unsafe planes > 0, !range.isEmpty else { return }
    let first = range.lowerBound
    unsafe parla_int8_quantize(
      range.count, depth, Int32(planes), floats.advanced(first).pointer, floats.stride,
      bytes + first * planes * depth, depth, quantization + first)
    guard let offsets = unsafe offsets else { return }
    unsafe parla_int4_offsets(
      range.count, depth, Int32(planes), bytes + first * planes * depth, depth,
      offsets + first * parla_int4_groups(depth))
  }

  /// Adds the products of all rows with some of the weights' rows to theirs of `y`, on the calling thread.
  func addProducts(
    _ weights: WeightMatrix, outputs: Range<Int>, to y: UnsafeMutablePointer<Float>,
    stride yStride: Int
  ) {
    for segment in weights.segments {
      let range = segment.outputs.clamped(to: outputs)
      guard !range.isEmpty else { continue }
      let start = segment.offset + (range.lowerBound - segment.outputs.lowerBound) * weights.stride
      let result = unsafe y + range.lowerBound
      switch weights.precision {
      case .float32:
        unsafe parla_float_rows_product(
          rows, depth, range.count, floats.pointer, floats.stride,
          weights.memory.pointer.assumingMemoryBound(to: Float.self) + start, weights.stride,
          result, yStride)
      case .bfloat16:
        unsafe parla_bf16_rows_product(
          rows, depth, range.count, floats.pointer, floats.stride,
          weights.memory.pointer.assumingMemoryBound(to: UInt16.self) + start, weights.stride,
          result, yStride)
      case .int4:
        unsafe addFourBitProducts(weights, outputs: range, to: y, stride: yStride)
      case .int8:
        unsafe weights.scales.withUnsafeBufferPointer { scales in
          unsafe weights.sums.withUnsafeBufferPointer { sums in
            guard let scales = scales.baseAddress, let sums = sums.baseAddress else { return }
            unsafe parla_int8_rows_product(
              rows, depth, range.count, Int32(planes), bytes, depth, quantization,
              weights.memory.pointer.assumingMemoryBound(to: Int8.self) + start, weights.stride,
              scales + range.lowerBound, sums + range.lowerBound, result, yStride)
          }
        }
      }
    }
  }

  private func addFourBitProducts(
    _ weights: WeightMatrix, outputs: Range<Int>, to y: UnsafeMutablePointer<Float>,
    stride yStride: Int
  ) {
    unsafe weights.totals.withUnsafeBufferPointer { totals in
      guard let totals = totals.baseAddress, let offsets = unsafe offsets else { return }
      unsafe parla_int4_rows_product(
        rows, depth, outputs.lowerBound, outputs.upperBound, Int32(planes), bytes, depth,
        quantization, offsets, weights.memory.pointer.assumingMemoryBound(to: UInt8.self), totals,
        y, yStride)
    }
  }
}

/// The outputs of a frame as each thread needs them for itself: prepared once, since that costs less than to wait for another.
@safe final class PreparedRows: Sendable {
  private let rows: Int
  private nonisolated(unsafe) let workspaces: [ActivationWorkspace]
  private nonisolated(unsafe) let steps: UnsafeMutablePointer<Int>

  /// Room for `rows` rows of `depth` activations for each thread.
  init(threadCount: Int, rows: Int, depth: Int) {
    self.rows = rows
    unsafe workspaces = (0..<threadCount).map { _ in ActivationWorkspace(rows: rows, depth: depth) }
    unsafe steps = .allocate(capacity: 8 * threadCount)
    unsafe steps.initialize(repeating: -1, count: 8 * threadCount)
  }

  deinit { unsafe steps.deallocate() }

  /// `floats` for products with `weights`; `step` distinguishes them from others.
  @unsafe func activations(
    _ floats: UnsafePointer<Float>, step: Int, thread: Int, for weights: WeightMatrix
  ) -> ActivationRows {
    let activations = unsafe ActivationRows(
      MatrixPointer(floats, stride: weights.inputCount), rows: rows, for: weights, isFine: true,
      workspace: workspaces[thread])
    if unsafe steps[8 * thread] != step {
      unsafe activations.prepare(0..<rows)
      unsafe steps[8 * thread] = step
    }
    return unsafe activations
  }
}

/// Memory for quantised activations.
@safe final class ActivationWorkspace {
  let bytes: UnsafeMutablePointer<UInt8>
  let quantization: UnsafeMutablePointer<parla_quantization>
  let offsets: UnsafeMutablePointer<Int32>

  /// Bytes that kernels read beyond the last.
  private static let readBeyond = 31

  /// Room for `rows` rows of `depth` activations.
  init(rows: Int, depth: Int) {
    unsafe bytes = .allocate(capacity: 2 * rows * depth + Self.readBeyond)
    unsafe quantization = .allocate(capacity: max(rows, 1))
    unsafe offsets = .allocate(capacity: max(rows * parla_int4_groups(depth), 1))
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe quantization.deallocate()
    unsafe offsets.deallocate()
  }
}
