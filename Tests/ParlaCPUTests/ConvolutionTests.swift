import ParlaCPU
import ParlaTestSupport
import Testing

/// Convolutions whose windows are read in place, compared with gathered and multiplied windows.
struct ConvolutionTests {
  /// A convolution and the sequences that it is tried with.
  struct Case: CustomTestStringConvertible, Sendable {
    var geometry: WindowGeometry
    var outputs: Int
    var before: Int
    var after: Int
    var lengths: [Int]

    var testDescription: String { "\(geometry), \(lengths)" }

    var counts: [Int] {
      lengths.map { max(0, ($0 + before + after - geometry.span) / geometry.stride + 1) }
    }

    static func vectors(
      _ size: Int, stride: Int, channels: Int, groups: Int, outputs: Int, before: Int, after: Int,
      _ lengths: [Int]
    ) -> Case {
      Case(
        geometry: WindowGeometry(
          size: size, dilation: 1, stride: stride, channels: channels, groups: groups),
        outputs: outputs, before: before, after: after, lengths: lengths)
    }

    static func planes(
      _ size: (Int, Int), stride: (Int, Int), dilation: Int = 1, height: Int, top: Int,
      bottom: Int, channels: Int, outputs: Int, before: Int, after: Int, _ lengths: [Int]
    ) -> Case {
      var geometry = WindowGeometry(
        size: size.0, dilation: dilation, stride: stride.0, channels: channels)
      (geometry.heightSize, geometry.heightStride, geometry.top) = (size.1, stride.1, top)
      geometry.inputHeight = height
      geometry.outputHeight = (height + top + bottom - size.1) / stride.1 + 1
      return Case(
        geometry: geometry, outputs: outputs, before: before, after: after, lengths: lengths)
    }

    /// The streaming preset's first: one channel, an odd number of lines.
    static let streamingFirst = planes(
      (11, 21), stride: (2, 2), height: 40, top: 10, bottom: 10, channels: 1, outputs: 32,
      before: 5, after: 5, [39, 12, 0])

    static let all: [Case] = [
      // The streaming preset's second, with odd and even lengths.
      .planes(
        (3, 3), stride: (2, 2), height: 20, top: 1, bottom: 1, channels: 16, outputs: 40,
        before: 1, after: 1, [23, 8, 1, 0]),
      // More windows than are dealt with together, a stride in height alone, all zeros before.
      .planes(
        (5, 4), stride: (1, 2), height: 9, top: 2, bottom: 2, channels: 8, outputs: 6,
        before: 4, after: 0, [41, 40]),
      // Steps that are apart, no zeros, a stride in height that is longer than windows.
      .planes(
        (3, 2), stride: (1, 3), dilation: 2, height: 14, top: 0, bottom: 0, channels: 10,
        outputs: 34, before: 0, after: 0, [19, 5, 4]),
      // A stride in time that is longer than windows, far more zeros than a window has.
      .planes(
        (2, 5), stride: (3, 1), height: 6, top: 4, bottom: 3, channels: 4, outputs: 8,
        before: 5, after: 7, [16, 3]),
      .streamingFirst,
      // An odd number of lines and of channels, more outputs than a panel, zeros on all sides.
      .planes(
        (4, 7), stride: (1, 2), height: 12, top: 3, bottom: 2, channels: 3, outputs: 37,
        before: 2, after: 1, [18, 6, 2]),
      // More units than are multiplied together, but several steps of them.
      .planes(
        (5, 5), stride: (1, 1), dilation: 2, height: 8, top: 1, bottom: 0, channels: 14,
        outputs: 70, before: 8, after: 0, [12, 9]),
      .vectors(
        9, stride: 1, channels: 24, groups: 3, outputs: 48, before: 4, after: 4, [37, 20, 2]),
      .vectors(4, stride: 3, channels: 20, groups: 1, outputs: 36, before: 2, after: 3, [30, 7]),
      // Longer than a block of a product's depth.
      .vectors(
        40, stride: 2, channels: 32, groups: 1, outputs: 8, before: 20, after: 19, [130, 5]),
    ]
  }

  @Test(arguments: Case.all, KernelPath.allCases.filter(\.isAvailable))
  func windowsNeedNotBeGathered(_ own: Case, _ path: KernelPath) throws {
    for precision in Precision.allCases {
      for threads in [1, 3] {
        let compute = Compute(threadCount: threads, precision: precision, path: path)
        guard
          let direct = DirectConvolution(
            own.geometry, outputs: own.outputs, before: own.before, for: compute)
        else {
          // Units of several numbers need not fit; those of one number do.
          #expect(precision == .bfloat16)
          continue
        }
        try compare(own, direct, compute)
      }
    }
  }

  @Test(arguments: KernelPath.allCases.filter(\.isAvailable))
  func unitsOfTwoNumbersFitWindowsOfOddSize(_ path: KernelPath) {
    for precision in Precision.allCases {
      let compute = Compute(threadCount: 1, precision: precision, path: path)
      let own = Case.streamingFirst
      #expect(
        DirectConvolution(
          own.geometry, outputs: own.outputs, before: own.before, for: compute) != nil)
    }
  }

  private func compare(_ own: Case, _ direct: DirectConvolution, _ compute: Compute) throws {
    var generator = SeededGenerator(seed: 5)
    func random(_ shape: [Int]) -> Tensor {
      var result = Tensor(unwritten: shape)
      for index in 0..<result.count { result[index] = .random(in: -1...1, using: &generator) }
      return result
    }
    let (geometry, counts) = (own.geometry, own.counts)
    let features = geometry.inputHeight * geometry.channels
    // Padding holds numbers that nobody may see.
    let input = Sequences(
      random([own.lengths.max() ?? 0, own.lengths.count, features]), lengths: own.lengths)
    let weight = random([own.outputs, geometry.columnCount])
    let bias = random([own.outputs])
    let rowLength = geometry.outputHeight * own.outputs
    let found = compute.convolution(input, weight, bias: bias, direct, counts: counts)
    let gradient = random(found.shape)
    let start = random(weight.shape)
    var sum = start
    compute.addConvolutionWeightGradient(gradient, input, direct, counts: counts, to: &sum)
    let back = compute.convolutionInputGradient(
      gradient, shape: input.values.shape, lengths: own.lengths, weight, direct, counts: counts)
    let expected = Gathered(own, input, weight, bias, gradient, start, compute)
    let tolerance: Float = compute.precision == .bfloat16 ? 2e-2 : 2e-5
    expectClose(found, expected.output, counts, rowLength, tolerance)
    expectClose(sum, expected.weightGradient, [sum.shape[0]], 1, tolerance)
    expectClose(back, expected.inputGradient, own.lengths, features, tolerance)
  }

  /// Within so many parts of the largest number; beyond the sequences all is zero.
  private func expectClose(
    _ found: Tensor, _ expected: Tensor, _ lengths: [Int], _ width: Int, _ tolerance: Float
  ) {
    #expect(found.shape == expected.shape)
    let largest = expected.values.map(abs).max() ?? 0
    let worst = zip(found.values, expected.values).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= tolerance * max(largest, 1))
    #expect(largest > 0)
  }
}

/// The same by windows that are gathered.
private struct Gathered {
  var output: Tensor
  var weightGradient: Tensor
  var inputGradient: Tensor

  init(
    _ own: ConvolutionTests.Case, _ input: Sequences, _ weight: Tensor, _ bias: Tensor,
    _ gradient: Tensor, _ start: Tensor, _ compute: Compute
  ) {
    let (geometry, batch, frames) = (own.geometry, input.count, gradient.shape[0])
    let (rows, width) = (
      frames * batch * geometry.outputHeight, own.outputs / own.geometry.groups
    )
    var (output, slopes) = (Tensor(shape: [rows, own.outputs]), gradient)
    slopes.reshape([rows, own.outputs])
    // What stands beyond a sequence's windows has no gradient.
    for row in 0..<rows {
      let place = row / geometry.outputHeight
      guard place / batch >= own.counts[place % batch] else { continue }
      for column in 0..<own.outputs { slopes[row * own.outputs + column] = 0 }
    }
    weightGradient = start
    inputGradient = Tensor(shape: input.values.shape)
    for group in 0..<geometry.groups {
      let columns = group * width..<(group + 1) * width
      let windows = compute.windows(
        0..<frames, of: input, geometry, before: own.before, group: group)
      let part = compute.columns(
        0..<weight.columnCount, rows: columns, of: weight)
      var products = Tensor(unwritten: [rows, width])
      compute.product(windows, part, bTransposed: true, into: &products)
      compute.setColumns(columns, rowOffset: 0, of: &output, to: products)
      let slope = compute.columns(columns, rows: 0..<rows, of: slopes)
      var sum = compute.columns(0..<weight.columnCount, rows: columns, of: weightGradient)
      compute.product(slope, aTransposed: true, windows, accumulating: true, into: &sum)
      compute.setColumns(
        0..<weight.columnCount, rowOffset: columns.lowerBound, of: &weightGradient, to: sum)
      var back = Tensor(unwritten: windows.shape)
      compute.product(slope, part, into: &back)
      compute.addWindows(
        back, 0..<frames, to: &inputGradient, lengths: own.lengths, geometry, before: own.before,
        group: group)
    }
    compute.addBias(bias, to: &output)
    for row in 0..<rows {
      let place = row / geometry.outputHeight
      guard place / batch >= own.counts[place % batch] else { continue }
      for column in 0..<own.outputs { output[row * own.outputs + column] = 0 }
    }
    output.reshape(gradient.shape)
    self.output = output
  }
}
