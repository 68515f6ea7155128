import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct LSTMTests {
  @Test(arguments: ["lstm/t1", "lstm/t7b3"], [1, 2, 3])
  func followsTensorFlowForwardsAndBackwards(folder: String, threadCount: Int) throws {
    let compute = Compute(threadCount: threadCount)
    let x = try Golden.tensor("\(folder)/x")
    let kernel = try Golden.tensor("\(folder)/kernel")
    let units = kernel.columnCount / 4
    let weights = splitTensorFlowKernel(kernel, inputs: x.columnCount)
    let bias = try Golden.tensor("\(folder)/bias")
    let gateOrder = reorderedGates(units: units)
    let frameCounts = try Golden.integers("\(folder)/seq_lengths")
    let c0 = try Golden.tensor("\(folder)/c0")
    let h0 = try Golden.tensor("\(folder)/h0")

    var gates = Tensor(shape: [x.shape[0], x.shape[1], 4 * units])
    compute.product(x, weights.input, bTransposed: true, into: &gates)
    compute.addBias(bias.columns(gateOrder), to: &gates)
    let result = compute.lstmForward(
      gates, recurrentWeight: weights.recurrent, initialCells: c0, initialOutputs: h0,
      frameCounts: frameCounts)
    expectClose(result.outputs.values, try Golden.tensor("\(folder)/y").values, absolute: 2e-6)

    var cellGradient = try Golden.tensor("\(folder)/Rc")
    let (gateGradient, outputGradient) = compute.lstmBackward(
      try Golden.tensor("\(folder)/R"), cellGradient: &cellGradient, activations: result,
      recurrentWeight: weights.recurrent, initialCells: c0, frameCounts: frameCounts)
    expectClose(cellGradient.values, try Golden.tensor("\(folder)/dc0").values, absolute: 5e-6)
    expectClose(outputGradient.values, try Golden.tensor("\(folder)/dh0").values, absolute: 5e-6)
    var inputGradient = Tensor(shape: x.shape)
    compute.product(gateGradient, weights.input, into: &inputGradient)
    expectClose(inputGradient.values, try Golden.tensor("\(folder)/dx").values, absolute: 5e-6)

    let expected = splitTensorFlowKernel(
      try Golden.tensor("\(folder)/dkernel"), inputs: x.columnCount)
    var inputWeightGradient = Tensor(shape: weights.input.shape)
    compute.product(gateGradient, aTransposed: true, x, into: &inputWeightGradient)
    expectClose(inputWeightGradient.values, expected.input.values, absolute: 2e-5)
    var biasGradient = Tensor(shape: [4 * units])
    compute.addColumnSums(of: gateGradient, to: &biasGradient)
    let expectedBias = try Golden.tensor("\(folder)/dbias").columns(gateOrder)
    expectClose(biasGradient.values, expectedBias.values, absolute: 2e-5)
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
