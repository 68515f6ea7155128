import ParlaTestSupport
import Testing

@testable import ParlaNeuralNetwork

@Suite struct InferenceNetworkTests {
  static func network(precision: WeightPrecision) -> InferenceNetwork {
    InferenceNetwork([
      .dense(
        weights: WeightMatrix(
          WeightMatrixTests.random(11, 6, -1...1, seed: 1), precision: precision),
        bias: Tensor(shape: [11])),
      .clippedReLU(ceiling: 20),
      .lstm(
        inputWeights: WeightMatrix(
          WeightMatrixTests.random(20, 11, -1...1, seed: 2), precision: precision),
        recurrentWeights: WeightMatrix(
          WeightMatrixTests.random(20, 5, -1...1, seed: 3), precision: precision),
        bias: WeightMatrixTests.random(1, 20, -1...1, seed: 4)),
    ])
  }

  /// [frames, 1, 6].
  static func sequence(frames: Int, seed: UInt64) -> [Float] {
    WeightMatrixTests.random(frames, 6, -2...2, seed: seed).values
  }

  @Test(arguments: WeightPrecision.allCases) func sequencesTogetherAreWhatEachIsAlone(
    precision: WeightPrecision
  ) {
    let network = Self.network(precision: precision)
    let compute = Compute(threadCount: 2)
    var states = [InferenceNetwork.State](repeating: .init(), count: 3)
    var alone = states
    for piece in 0..<3 {
      let inputs = (0..<3).map { Self.sequence(frames: 4, seed: UInt64(10 * piece + $0)) }
      let together = Tensor(
        shape: [4, 3, 6],
        values: (0..<4).flatMap { t in inputs.flatMap { $0[t * 6..<(t + 1) * 6] } })
      let found = network.advance(together, states: &states, compute: compute)
      for number in 0..<3 {
        var state = [alone[number]]
        let expected = network.advance(
          Tensor(shape: [4, 1, 6], values: inputs[number]), states: &state, compute: compute)
        alone[number] = state[0]
        let own = (0..<4).flatMap { t in
          WeightMatrixTests.row(t * 3 + number, of: found)
        }
        #expect(own == expected.values)
      }
    }
  }

  @Test(arguments: [1, 2, 7]) func framesMayComeInPieces(length: Int) {
    let network = Self.network(precision: .int8)
    let compute = Compute(threadCount: 1)
    let input = Self.sequence(frames: 14, seed: 5)
    var whole = [InferenceNetwork.State()]
    let expected = network.advance(
      Tensor(shape: [14, 1, 6], values: input), states: &whole, compute: compute)
    var states = [InferenceNetwork.State()]
    var found: [Float] = []
    for start in stride(from: 0, to: 14, by: length) {
      let piece = Array(input[start * 6..<(start + length) * 6])
      found +=
        network.advance(
          Tensor(shape: [length, 1, 6], values: piece), states: &states, compute: compute
        ).values
    }
    #expect(found == expected.values)
  }
}
