import ParlaTestSupport
import Testing

@testable import ParlaCPU

@Suite struct LSTMTests {
  @Test(arguments: ["lstm/t1", "lstm/t7b3"], [1, 2, 3])
  func followsTensorFlowForwardsAndBackwards(folder: String, threadCount: Int) throws {
    try expectTensorFlows(folder, Arithmetic.exact) { $0.compute(threadCount: threadCount) }
  }

  @Test func followsTensorFlowInBFloat16() throws {
    try expectTensorFlows("lstm/t7b3", Arithmetic.rounded) { $0.compute(threadCount: 2) }
  }

  func expectTensorFlows(
    _ folder: String, _ arithmetics: [Arithmetic], _ compute: (Arithmetic) -> Compute
  ) throws {
    let golden = try LSTMGolden(folder)
    for arithmetic in arithmetics {
      let result = golden.run(compute(arithmetic))
      for (name, found) in result {
        let expected = try golden.expected(name)
        if arithmetic.precision == .float32 {
          let tolerance: Float = name == "y" ? 2e-6 : name.hasPrefix("weight") ? 2e-5 : 5e-6
          expectClose(found.values, expected.values, absolute: tolerance)
        } else {
          let error = relativeError(found, expected)
          #expect(error < 1e-2, "\(name), \(arithmetic.testDescription)")
        }
      }
    }
  }

  @Test(arguments: Precision.allCases) func divisionDoesNotChangeABit(precision: Precision) {
    // Units and sequences that no division divides evenly, and sequences that end early.
    let (frames, batch, units) = (9, 21, 75)
    let compute = Compute(threadCount: 1, precision: precision)
    let expected = Self.allResults(compute, frames, batch, units)
    for threads in [2, 4] {
      for division in WorkDivision.ladder(threads: threads, hasSequences: true) {
        var compute = Compute(threadCount: threads, precision: precision)
        compute.divisions = DivisionChoices(always: division)
        #expect(Self.allResults(compute, frames, batch, units) == expected, "\(division)")
      }
    }
  }

  /// What an LSTM of random weights computes forwards and backwards.
  static func allResults(
    _ compute: Compute, _ frames: Int, _ batch: Int, _ units: Int
  ) -> [Tensor] {
    let weight = Tensor.random([4 * units, units], seed: 1, bound: 0.2)
    let start = Tensor.random([batch, units], seed: 2)
    let frameCounts = (0..<batch).map { frames - $0 % 4 }
    let activations = compute.lstmForward(
      Tensor.random([frames, batch, 4 * units], seed: 3), recurrentWeight: weight,
      initialCells: start, initialOutputs: start, frameCounts: frameCounts)
    var cellGradient = Tensor.random([batch, units], seed: 4)
    let gradients = compute.lstmBackward(
      Tensor.random([frames, batch, units], seed: 5), cellGradient: &cellGradient,
      activations: activations, recurrentWeight: weight, initialCells: start,
      frameCounts: frameCounts)
    return [
      activations.gates, activations.cells, activations.outputs, gradients.preactivations,
      gradients.initialOutputs, cellGradient,
    ]
  }

  @Test func kernelAgreesWithItsPlainTwin() {
    let (rows, units) = (3, 37)
    var gates = Tensor.random([rows, 4 * units], seed: 1, bound: 4)
    var plainGates = gates
    let previous = Tensor.random([rows, units], seed: 2, bound: 2)
    var (cells, outputs) = (Tensor(shape: [rows, units]), Tensor(shape: [rows, units]))
    var (plainCells, plainOutputs) = (cells, outputs)
    let active: [UInt8] = [1, 0, 1]
    LSTMStep.kernel(&gates, previousCells: previous, active, &cells, &outputs)
    LSTMStep.plain(&plainGates, previousCells: previous, active, &plainCells, &plainOutputs)
    expectClose(gates.values, plainGates.values, absolute: 1e-6)
    expectClose(cells.values, plainCells.values, absolute: 1e-6)
    expectClose(outputs.values, plainOutputs.values, absolute: 1e-6)
  }
}

/// What TensorFlow made of an LSTM's input, forwards and backwards.
private struct LSTMGolden {
  let folder: String
  let x: Tensor
  let weights: (input: Tensor, recurrent: Tensor)

  init(_ folder: String) throws {
    self.folder = folder
    x = try Golden.tensor("\(folder)/x")
    weights = splitTensorFlowKernel(
      try Golden.tensor("\(folder)/kernel"), inputs: x.columnCount)
    bias = try Golden.tensor("\(folder)/bias").columns(
      reorderedGates(units: weights.recurrent.columnCount))
    frameCounts = try Golden.integers("\(folder)/seq_lengths")
    (c0, h0) = (try Golden.tensor("\(folder)/c0"), try Golden.tensor("\(folder)/h0"))
    outputGradient = try Golden.tensor("\(folder)/R")
    cellGradient = try Golden.tensor("\(folder)/Rc")
  }

  private let bias: Tensor
  private let frameCounts: [Int]
  private let (c0, h0): (Tensor, Tensor)
  private let (outputGradient, cellGradient): (Tensor, Tensor)

  /// All that TensorFlow's arrays can be compared with, by name.
  func run(_ compute: Compute) -> [(name: String, Tensor)] {
    let units = weights.recurrent.columnCount
    var gates = Tensor(shape: [x.shape[0], x.shape[1], 4 * units])
    compute.product(x, weights.input, bTransposed: true, into: &gates)
    compute.addBias(bias, to: &gates)
    let forward = compute.lstmForward(
      gates, recurrentWeight: weights.recurrent, initialCells: c0, initialOutputs: h0,
      frameCounts: frameCounts)
    var cellGradient = cellGradient
    let (gateGradient, initialGradient) = compute.lstmBackward(
      outputGradient, cellGradient: &cellGradient, activations: forward,
      recurrentWeight: weights.recurrent, initialCells: c0, frameCounts: frameCounts)
    var inputGradient = Tensor(shape: x.shape)
    compute.product(gateGradient, weights.input, into: &inputGradient)
    var weightGradient = Tensor(shape: weights.input.shape)
    compute.product(gateGradient, aTransposed: true, x, into: &weightGradient)
    var biasGradient = Tensor(shape: [4 * units])
    compute.addColumnSums(of: gateGradient, to: &biasGradient)
    return [
      ("y", forward.outputs), ("dc0", cellGradient), ("dh0", initialGradient),
      ("dx", inputGradient), ("weight", weightGradient), ("weight bias", biasGradient),
    ]
  }

  func expected(_ name: String) throws -> Tensor {
    let units = weights.recurrent.columnCount
    switch name {
    case "weight":
      return splitTensorFlowKernel(
        try Golden.tensor("\(folder)/dkernel"), inputs: x.columnCount
      ).input
    case "weight bias":
      let gradient = try Golden.tensor("\(folder)/dbias").columns(reorderedGates(units: units))
      return Tensor(shape: [4 * units], values: gradient.values)
    default: return try Golden.tensor("\(folder)/\(name)")
    }
  }
}
